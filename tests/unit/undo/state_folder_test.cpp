#include "launcher/undo/state_folder.h"

#include <sys/stat.h>

#include <filesystem>

#include "base/error.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("what is kept of VMs is closed to others whatever the umask, and however it was left") {
  const testing::TemporaryTree tree;
  const auto mode_of = [&tree](const char* name) {
    return static_cast<int>(std::filesystem::status(tree.path(name)).permissions());
  };
  const mode_t before = ::umask(0);
  StateFolder{tree.root() / "run", "win10"}.make("name: win10\n");
  std::filesystem::permissions(tree.path("run"), std::filesystem::perms{0755});
  StateFolder{tree.root() / "run", "debian"}.make();
  ::umask(before);
  CHECK(mode_of("run") == 0700);
  CHECK(mode_of("run/win10") == 0700);
  CHECK(mode_of("run/win10/vm.yaml") == 0600);
}

TEST_CASE("the devices with a folder are no VMs, and only ours count") {
  const testing::TemporaryTree tree;
  const PciAddress first{0, 0, 3, 0};
  const PciAddress second{1, 0x65, 0, 1};
  CHECK(device_folder(first) == ".pci-0000:00:03.0");
  CHECK(devices_with_state(tree.root() / "none") == std::vector<PciAddress>{});
  for (const PciAddress& device : {second, first})
    StateFolder{tree.root(), device_folder(device)}.make();
  for (const char* name : {"win10/journal", ".locks/x", ".pci-00:02.0/journal", ".pci-x/journal"})
    tree.write(name, "");
  CHECK(devices_with_state(tree.root()) == std::vector<PciAddress>{first, second});
  CHECK(vms_with_state(tree.root()) == std::vector<std::string>{"win10"});
}

TEST_CASE("a VM's devices are read as they were written, and only from root's own file") {
  const testing::TemporaryTree tree;
  const ChosenDevices devices{{0, {0, 1, 0, 0}}, {2, {0, 2, 0, 0}}};
  const StateFolder folder{tree.root(), "win10"};
  CHECK(folder.read_devices() == std::nullopt);
  folder.make("name: win10\n", devices);
  CHECK(folder.read_devices() == devices);
  CHECK((std::filesystem::status(folder.path() / "devices").permissions() ==
         std::filesystem::perms{0600}));
  tree.write("win10/devices", "0 everything\n");
  CHECK_THROWS_AS(folder.read_devices(), Error);
  tree.write("win10/devices", "0 0000:01:00.0\n");
  std::filesystem::permissions(folder.path() / "devices", std::filesystem::perms{0666});
  CHECK_THROWS_AS(folder.read_devices(), Error);
  folder.remove();
  CHECK(!folder.exists());
}

}  // namespace
}  // namespace xenlaunch::test
