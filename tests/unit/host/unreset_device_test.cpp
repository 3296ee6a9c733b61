#include "launcher/host/unreset_device.h"

#include "tests/fakes/fakes.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

const std::string mark = "/libxl/pci/0000-00-03-0/xenlaunch_unreset";

TEST_CASE("that a guest has had a device is noted beside its driver, until it was reset") {
  Journal journal;
  FakeStore store{journal};
  const PciAddress device = sound().address;
  CHECK_FALSE(unreset_since(device, store));
  mark_unreset(device, "win10", store);
  CHECK(store.nodes == std::map<std::string, std::string>{{mark, "win10"}});
  CHECK(unreset_since(device, store) == "win10");
  clear_unreset(device, store);
  CHECK(store.nodes.empty());
}

TEST_CASE("what is noted of a device counts while no driver of dom0 has it") {
  Journal journal;
  FakeStore store{journal};
  store.nodes[mark] = "win10";
  for (const auto& [driver, counts] : std::map<std::optional<std::string>, bool>{
           {std::nullopt, true}, {"pciback", true}, {"snd_hda_intel", false}}) {
    PciFunction function = sound();
    function.driver = driver;
    CHECK(unreset_devices({igd(), function}, store).contains(function.address) == counts);
  }
}

TEST_CASE("the records that xenstore has are named as their devices") {
  Journal journal;
  FakeStore store{journal};
  store.nodes = {{mark, "a"},
                 {"/libxl/pci/000a-ff-1f-7/driver_path", "b"},
                 {"/libxl/pci/junk/domid", "c"},
                 {"/libxl/1/name", "d"}};
  CHECK(devices_on_record(store) ==
        std::vector{PciAddress{0, 0, 3, 0}, PciAddress{0xa, 0xff, 0x1f, 7}});
}

}  // namespace
}  // namespace xenlaunch::test
