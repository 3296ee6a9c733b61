#include "launcher/run/settle_devices.h"

#include <filesystem>

#include "launcher/host/sysfs.h"
#include "launcher/run/last_choices.h"
#include "tests/fixtures/machine.h"
#include "tests/unit/cli/vm_host.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

constexpr PciAddress free_one{0, 6, 0, 0};

/// Of two cards of this kind one can be passed.
VmConfig vm_named(const std::string& name) {
  VmConfig vm = vm_with({});
  vm.name = name;
  vm.pci.push_back({.select = PciSelect{.id = PciId{0x1002, 0x73bf}, .gpu = true}});
  return vm;
}

struct Starts : VmHost {
  FakeProgress progress{journal};
  std::unique_ptr<Locks> locks_of(const std::string& vm) const {
    return make_file_locks(host.directories.locks, "xenlaunch start " + vm);
  }
  SettledVm settle(const std::string& vm, Locks* locks) {
    return settle_devices(vm_named(vm), host, testing::machine("two-amd"), settings(), locks,
                          progress);
  }
};

TEST_CASE("what one VM has chosen no other gets, until the first lets go") {
  Starts on;
  const auto first = on.locks_of("one");
  const auto second = on.locks_of("two");
  {
    const SettledVm one = on.settle("one", first.get());
    CHECK(one.choice.devices == ChosenDevices{{0, free_one}});
    CHECK((one.vm.pci == std::vector<PciDeviceConfig>{{.address = free_one}}));
    CHECK(what_was_chosen(vm_named("one"), one.choice) ==
          std::vector<std::string>{"0000:06:00.0 (1002:73bf) was chosen as a GPU (1002:73bf)"});
    const std::string holder = "process " + std::to_string(::getpid());
    CHECK(error_of([&] {
            on.settle("two", second.get());
          }).ends_with("cannot pass 0000:06:00.0: " + holder + " (xenlaunch start one) holds it"));
    // The start itself takes it once more.
    CHECK(first->take("pci-0000:06:00.0", "pass it") != nullptr);
  }
  CHECK(on.settle("two", second.get()).choice.devices == ChosenDevices{{0, free_one}});
}

TEST_CASE("a VM that is refused holds none of what it had chosen") {
  Starts on;
  const auto locks = on.locks_of("greedy");
  VmConfig greedy = vm_named("greedy");
  greedy.pci.push_back(greedy.pci.front());
  CHECK_THROWS_AS(settle_devices(greedy, on.host, testing::machine("two-amd"), settings(),
                                 locks.get(), on.progress),
                  Refused);
  const auto other = on.locks_of("other");
  CHECK(on.settle("other", other.get()).choice.devices == ChosenDevices{{0, free_one}});
}

TEST_CASE("a look at a copy takes no lock and minds none") {
  Starts on;
  const auto other = on.locks_of("other");
  const auto held = other->take("pci-0000:06:00.0", "pass it");
  CHECK(on.settle("one", nullptr).choice.devices == ChosenDevices{{0, free_one}});
  CHECK(!std::filesystem::exists(on.host.directories.chosen));
}

TEST_CASE("what was chosen is kept for root alone, and only where something was") {
  Starts on;
  const auto locks = on.locks_of("one");
  const SettledVm settled = on.settle("one", locks.get());
  remember_choice("one", settled.choice, on.host, on.progress);
  const std::filesystem::path file = on.host.directories.chosen / "one.devices";
  CHECK(read_bytes(file) == "0 0000:06:00.0\n");
  CHECK((std::filesystem::status(file).permissions() == std::filesystem::perms{0600}));
  CHECK((std::filesystem::status(on.host.directories.chosen).permissions() ==
         std::filesystem::perms{0700}));
  DeviceChoice as_named;
  as_named.devices = {{0, free_one}};
  remember_choice("two", as_named, on.host, on.progress);
  CHECK(!std::filesystem::exists(on.host.directories.chosen / "two.devices"));
  const LastChoices last{on.host.directories.chosen};
  CHECK(last.of("one", on.progress) == ChosenDevices{{0, free_one}});
  CHECK(last.of("two", on.progress) == ChosenDevices{});
  CHECK(last.of_others("two") == std::set<PciAddress>{free_one});
  CHECK(last.of_others("one") == std::set<PciAddress>{});
  CHECK(on.progress.messages == std::vector<std::string>{});
}

TEST_CASE("a kept choice that is garbled, too long or not root's own counts as none") {
  Starts on;
  const LastChoices last{on.host.directories.chosen};
  const std::filesystem::path file = on.host.directories.chosen / "one.devices";
  last.remember("one", {{0, free_one}}, on.progress);
  const auto none_and_told = [&](const std::string& how) {
    CAPTURE(how);
    on.progress.messages.clear();
    CHECK(last.of("one", on.progress) == ChosenDevices{});
    CHECK(last.of_others("two") == std::set<PciAddress>{});
    REQUIRE(on.progress.messages.size() == 1);
    CHECK(on.progress.messages[0].find(file.string()) != std::string::npos);
  };
  on.tree.write("chosen/one.devices", "0 0000:06:00.0; reboot\n");
  none_and_told("garbled");
  on.tree.write("chosen/one.devices", std::string(5000, '\n'));
  none_and_told("too long");
  on.tree.write("chosen/one.devices", "0 0000:06:00.0\n");
  std::filesystem::permissions(file, std::filesystem::perms{0666});
  none_and_told("others may write");
  std::filesystem::remove(file);
  on.tree.write("elsewhere", "0 0000:06:00.0\n");
  std::filesystem::create_symlink(on.tree.root() / "elsewhere", file);
  none_and_told("a link");
  // The next choice puts a good one in its place.
  on.progress.messages.clear();
  last.remember("one", {{0, free_one}}, on.progress);
  CHECK(last.of("one", on.progress) == ChosenDevices{{0, free_one}});
  CHECK(read_bytes(on.tree.root() / "elsewhere") == "0 0000:06:00.0\n");
  CHECK(on.progress.messages == std::vector<std::string>{});
}

TEST_CASE("a device that a killed launcher of another VM had is not chosen") {
  Starts on;
  JournalContent content{.header = {.vm = "win10", .uuid = VmHost::uuid}, .boot = boot_id()};
  content.entries[0] = {.action = "take it",
                        .undo = {.kind = UndoKind::forget_driver,
                                 .label = "forget it",
                                 .device = free_one,
                                 .nodes = {"/xenlaunch/driver"}},
                        .phase = JournalContent::Phase::done};
  content.next_number = 1;
  on.folder("win10").make("name: win10\nmemory: 2GiB\n");
  on.tree.write("run/win10/journal", format_journal(content));
  std::filesystem::permissions(on.folder("win10").journal(), std::filesystem::perms{0600});
  const auto locks = on.locks_of("one");
  CHECK(error_of([&] { on.settle("one", locks.get()); })
            .ends_with("cannot pass 0000:06:00.0: the launcher of win10 was killed and had it; "
                       "`xenlaunch recover win10` gives it back"));
}

}  // namespace
}  // namespace xenlaunch::test
