// `select` in a VM file, as the commands that only look choose by it.
#include <nlohmann/json.hpp>

#include "tests/fixtures/machine.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using testing::machine;
using testing::TemporaryTree;

/// A command on a copy of the machine `name`, with a VM file of these devices.
Run with_pci(const std::string& name, std::vector<std::string> args, const std::string& pci) {
  const TemporaryTree tree;
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\npci: " + pci + "\n");
  args.insert(args.end(), {"--root", machine(name), tree.path("vm.yaml")});
  return run_on(unreachable_host, args);
}

TEST_CASE("a dry run plans with the device that it has chosen, and says which") {
  const std::string pci = "[{select: {id: '1002:73bf', class: gpu}, functions: all, slot: '07'}]";
  const Run argv = with_pci("two-amd", {"run", "--dry-run"}, pci);
  CHECK(argv.status == 0);
  CHECK(argv.err.find("note: 0000:06:00.0 (1002:73bf) was chosen as a GPU (1002:73bf), which a "
                      "start may choose otherwise\n") != std::string::npos);
  CHECK(argv.out.find("hostaddr=0000:06:00.0") != std::string::npos);
  CHECK(argv.out.find("hostaddr=0000:06:00.1") != std::string::npos);
  const Run plan = with_pci("two-amd", {"run", "--dry-run", "--format=plan"}, pci);
  CHECK(plan.out.find("lock 0000:06:00.0") != std::string::npos);
}

TEST_CASE("an integrated GPU that was chosen is the guest's video card") {
  const Run json = with_pci("host-igd", {"run", "--dry-run", "--json"}, "[{select: {class: gpu}}]");
  CHECK(json.status == 0);
  CHECK(nlohmann::json::parse(json.out).at("video_card").at("type") == "IGD_passthrough");
}

TEST_CASE("check says what it has chosen, as text and as JSON") {
  const std::string pci = "['06:00.1', {select: {class: gpu}}]";
  CHECK(with_pci("two-amd", {"check"}, pci)
            .err.find("0000:06:00.0 (1002:73bf) was chosen as a GPU\n") != std::string::npos);
  const Run json = with_pci("two-amd", {"check", "--json"}, pci);
  CHECK(nlohmann::json::parse(json.out).at("chosen") ==
        nlohmann::json{{{"pci", 1}, {"address", "0000:06:00.0"}}});
}

TEST_CASE("where nothing can be chosen both name each device with its reason") {
  const std::string pci = "['06:00.0', {select: {class: gpu}}]";
  const Run dry_run = with_pci("two-amd", {"run", "--dry-run"}, pci);
  CHECK(dry_run.status == 4);
  CHECK(dry_run.out.empty());
  CHECK(dry_run.err.starts_with(
      "xenlaunch: error: cannot pass a GPU: none of the 2 that this host has can be had\n"
      "xenlaunch: error: cannot pass 0000:03:00.0: it is the system display device, and dom0 "
      "access to it is enabled; "));
  CHECK(dry_run.err.find("cannot pass 0000:06:00.0: another entry under pci has it\n") !=
        std::string::npos);
  const Run check = with_pci("two-amd", {"check", "--json"}, pci);
  CHECK(check.status == 4);
  CHECK(nlohmann::json::parse(check.out).at("findings").at(0).at("code") == "nothing_to_select");
  const Run without = with_pci("two-amd", {"check"}, "[{select: {numa: 1}, optional: true}]");
  CHECK(without.status == 0);
  CHECK(without.err.find("warning: a device (NUMA node 1): none of the ") != std::string::npos);
}

TEST_CASE("whether a GPU is free is not known of a copy") {
  const Run list =
      run_on(unreachable_host, {"gpu", "list", "--json", "--root", machine("two-amd")});
  CHECK(nlohmann::json::parse(list.out).at(0).at("free") == nullptr);
}

}  // namespace
}  // namespace xenlaunch::test
