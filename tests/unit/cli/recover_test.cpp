#include "tests/unit/cli/vm_host.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("recover leaves a VM with a launcher alone, and says where there is nothing to do") {
  VmHost vm;
  const Run nothing{0, "", "xenlaunch: nothing to recover\n"};
  CHECK(vm.run({"recover"}) == nothing);
  CHECK(vm.run({"recover", "--json"}) == Run{0, "[]\n", ""});
  vm.add_win10();
  const LauncherDouble launcher{vm};
  CHECK(vm.run({"recover"}) == nothing);
  CHECK(vm.folder("win10").exists());
}

TEST_CASE("recover gives back what a launcher that is gone has left") {
  VmHost vm;
  vm.add_win10();
  CHECK(vm.run({"recover", "--json"}) ==
        Run{0, "[\n  {\n    \"vm\": \"win10\",\n    \"result\": \"given_back\"\n  }\n]\n", ""});
  CHECK_FALSE(vm.folder("win10").exists());
  CHECK(
      vm.tree.read("log/win10.log").find("everything that its launcher had left was given back") !=
      std::string::npos);
}

TEST_CASE("a VM whose lock somebody else holds is not one with nothing to recover") {
  VmHost vm;
  vm.add_win10();
  const FileDescriptor lock = hold_lock_of_win10(vm);
  CHECK(vm.run({"recover", "--json"}) ==
        Run{4, "[\n  {\n    \"vm\": \"win10\",\n    \"result\": \"failed\"\n  }\n]\n", ""});
  CHECK(vm.folder("win10").exists());
}

TEST_CASE("recover looks after the VM that is named alone") {
  VmHost vm;
  vm.add_win10();
  CHECK(vm.run({"recover", "other"}) == Run{0, "", "xenlaunch: nothing to recover\n"});
  CHECK(vm.folder("win10").exists());
}

TEST_CASE("recover keeps what it could not give back, for another try") {
  VmHost vm;
  vm.add_win10();
  vm.journal.fail_on = "destroy 7";
  CHECK(vm.run({"recover", "--json"}) ==
        Run{8, "[\n  {\n    \"vm\": \"win10\",\n    \"result\": \"failed\"\n  }\n]\n", ""});
  CHECK(vm.folder("win10").exists());
}

}  // namespace
}  // namespace xenlaunch::test
