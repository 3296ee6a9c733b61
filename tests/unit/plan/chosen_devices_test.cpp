#include "launcher/plan/chosen_devices.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("a VM with its devices chosen reads as if its file had named them") {
  VmConfig vm = vm_with({card(0), card(1)});
  vm.pci[1] = {.strict_reset = true, .select = PciSelect{.gpu = true}};
  VmConfig chosen = vm_with({card(1)});
  chosen.pci[0].strict_reset = true;
  CHECK((with_chosen(vm, {{1, card(1).address}}) == chosen));
}

TEST_CASE("chosen devices are read as they were written") {
  const ChosenDevices chosen{{0, {0, 1, 0, 0}}, {12, {0x10000, 0xff, 31, 7}}};
  const std::string text = "0 0000:01:00.0\n12 10000:ff:1f.7\n";
  CHECK(format_chosen(chosen) == text);
  CHECK(parse_chosen(text) == chosen);
  CHECK(parse_chosen("") == ChosenDevices{});
}

TEST_CASE("nothing else is taken for chosen devices") {
  for (const std::string text :
       {"0 0000:01:00.0", "0 01:00.0\n", "00 0000:01:00.0\n", "-1 0000:01:00.0\n", "0\n", "\n",
        "0 \n", "0  0000:01:00.0\n", "0 0000:01:00.0 \n", "1 0000:01:00.0\n0 0000:02:00.0\n",
        "0 0000:01:00.0\n0 0000:02:00.0\n", "0 ../../etc\n",
        "99999999999999999999 0000:01:00.0\n"}) {
    CAPTURE(text);
    CHECK(!parse_chosen(text));
  }
  CHECK(!parse_chosen(std::string{"0 0000:01:00.0\0\n", 16}));
}

}  // namespace
}  // namespace xenlaunch::test
