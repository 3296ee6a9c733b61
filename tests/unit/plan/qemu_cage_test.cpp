#include "launcher/plan/qemu_cage.h"

#include <functional>

#include <doctest/doctest.h>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("what a QEMU has to know so that it can be restricted is named where it does not") {
  const auto because = [](const std::set<std::string>& options) {
    return why_never_restricted({.options = {options.begin(), options.end()}});
  };
  CHECK(because({"runas"}) == "it knows neither -run-with user= nor -runas and -chroot");
  CHECK(because({"runas", "chroot"}) == "it does not know -xen-domid-restrict");
  CHECK(because({"runas", "chroot", "xen-domid-restrict"}) == "it does not know -xen-attach");
  CHECK(because({"run-with user", "run-with chroot", "xen-domid-restrict", "xen-attach"}) == "");
}

using Names = std::vector<std::string>;

TEST_CASE("QEMU is in dom0's network only where something of it has to be") {
  const auto needs = [](auto change) {
    VmConfig vm = vm_with({});
    change(vm);
    LaunchPlan plan = plan_of(vm, {});
    set_taps(plan);
    CHECK(plan.device_model.handed_taps ==
          (!plan.device_model.nics.empty() && !needs_network(plan)));
    return needs_network(plan);
  };
  CHECK_FALSE(needs([](VmConfig&) {}));
  CHECK_FALSE(needs([](VmConfig& vm) { vm.vnc = VncConfig{.socket = "/srv/vnc"}; }));
  CHECK_FALSE(
      needs([](VmConfig& vm) { vm.nics = {{.bridge = "xenbr0", .model = NicModel::none}}; }));
  CHECK(needs([](VmConfig& vm) { vm.vnc = VncConfig{}; }));
  CHECK(needs([](VmConfig& vm) { vm.spice = SpiceConfig{}; }));
  // It is given its tap devices, unless it is there anyway, or was to be left as it is.
  CHECK_FALSE(needs([](VmConfig& vm) { vm.nics = {{.bridge = "xenbr0"}}; }));
  CHECK(needs([](VmConfig& vm) {
    vm.nics = {{.bridge = "xenbr0"}};
    vm.vnc = VncConfig{};
  }));
  CHECK(needs([](VmConfig& vm) {
    vm.nics = {{.bridge = "xenbr0"}};
    vm.device_model.confined = false;
  }));
  CHECK(needs([](VmConfig& vm) { vm.device_model.extra_args = {"-d", "guest_errors"}; }));
}

/// What is chosen for a VM that `change` makes, with a QEMU that knows `options`.
UserChoice chosen(const std::function<void(VmConfig&)>& change, const std::optional<QemuHelp>& help,
                  bool can_confine = true) {
  VmConfig vm = vm_with({});
  change(vm);
  LaunchPlan plan = plan_of(vm, {});
  plan.qemu.help = help;
  return choose_user(plan, 1000000, can_confine);
}

TEST_CASE("QEMU becomes a user of its own by the option that it has") {
  const auto nothing = [](VmConfig&) {};
  const auto users = [](UserOption option) {
    return UserChoice{.users = QemuUsers{.first = 1000000, .option = option}};
  };
  const QemuHelp debian_12{.options = {"chroot", "runas"}};
  const QemuHelp between{.options = {"run-with", "run-with chroot", "runas"}};
  const QemuHelp debian_13{.options = {"run-with", "run-with chroot", "run-with user", "runas"}};
  CHECK(chosen(nothing, debian_12) == users(UserOption::runas));
  CHECK(chosen(nothing, debian_13) == users(UserOption::run_with));
  CHECK(chosen(nothing, between).because ==
        "it knows neither -run-with user= nor -runas and -chroot");
  CHECK(chosen(nothing, std::nullopt).because == "it has not said which options it knows");
  CHECK(chosen([](VmConfig& vm) { vm.device_model.user = QemuUser::own; }, debian_12) ==
        users(UserOption::runas));
}

TEST_CASE("QEMU gets the images as descriptors that it serves, unless those name other files") {
  VmConfig vm = vm_with({});
  vm.disks = {{.image = "/a", .target = "nvme0"},
              {.image = "/b", .target = "hdb"},
              {.image = "/dev/vg/c", .target = "xvdc"},
              {.image = "/d", .type = DiskType::cdrom, .target = "hdd"},
              {.image = "/e", .target = "xvde"}};
  LaunchPlan plan = plan_of(vm, {});
  plan.disks[2].backend = DiskBackend::blkback;
  plan.qemu.help = QemuHelp{.options = {"chroot", "runas"}};
  const UserChoice own = choose_user(plan, 1000000, true);
  set_user(plan, own);
  CHECK(plan.device_model.users == QemuUsers{.first = 1000000, .option = UserOption::runas});
  CHECK(plan.root_because == "");
  CHECK(plan.device_model.handed_images == Names{"hdb", "xvde"});
  using Places = std::vector<std::optional<std::size_t>>;
  Places places;
  for (const PlannedDisk& disk : plan.disks) places.push_back(disk.handed);
  CHECK(places == Places{{}, 0, {}, {}, 1});

  LaunchPlan linked = plan_of(vm, {});
  linked.qemu = plan.qemu;
  linked.disks[1].links = {"/srv/base.qcow2"};
  set_user(linked, choose_user(linked, 1000000, true));
  CHECK_FALSE(linked.device_model.users);
  CHECK(linked.root_because ==
        "it serves the paravirtual disk hdb, and opens the files that its image names when it has "
        "started");
  CHECK(linked.device_model.handed_images.empty());
  CHECK_FALSE(linked.disks[1].handed);

  linked.qemu.help->options.insert({"xen-attach", "xen-domid-restrict"});
  set_user(linked, choose_user(linked, 1000000, true));
  CHECK(linked.device_model.users);
  CHECK(linked.device_model.restricted);
  CHECK(linked.device_model.disk_server == DiskServer::root);
  // Below dom0's root nobody could open the others by the names of descriptors.
  CHECK(linked.device_model.handed_images.empty());
  for (const PlannedDisk& disk : linked.disks) CHECK_FALSE(disk.handed);
}

/// Why the QEMU of `vm` with `functions` passed, which knows `options`, is not restricted.
std::string unrestricted(const VmConfig& vm, const std::vector<PciFunction>& functions = {},
                         std::set<std::string> options = {"chroot", "runas", "xen-attach",
                                                          "xen-domid-restrict"}) {
  LaunchPlan plan = plan_of(vm, functions);
  plan.qemu.help = QemuHelp{.options = std::move(options)};
  set_user(plan, choose_user(plan, 1000000, true));
  CHECK(plan.device_model.restricted == plan.unrestricted_because.empty());
  return plan.unrestricted_because + (needs_broker(plan) ? "by a broker" : "") +
         (plan.device_model.disk_server == DiskServer::none ? "" : ", with a disk server");
}

TEST_CASE("QEMU is restricted to its domain where it has no passed devices") {
  VmConfig vm = vm_with({});
  vm.disks = {{.image = "/a", .target = "nvme0"},
              {.image = "/d", .type = DiskType::cdrom, .target = "hdd"}};
  CHECK(unrestricted(vm) == "");
  CHECK(unrestricted(vm, {}, {"chroot", "runas"}) == "QEMU does not know -xen-domid-restrict");
  CHECK(unrestricted(vm, {}, {"xen-domid-restrict"}) ==
        "QEMU stays root, because it knows neither -run-with user= nor -runas and -chroot");
  vm.disks.push_back({.image = "/b", .target = "hda"});
  CHECK(unrestricted(vm) == ", with a disk server");
  CHECK(unrestricted(vm, {}, {"chroot", "runas", "xen-domid-restrict"}) ==
        "QEMU serves the paravirtual disk hda itself: it does not know -xen-attach, by which "
        "another one could");
  vm.device_model.restricted = false;
  CHECK(unrestricted(vm) == "the VM file says so");
}

TEST_CASE("QEMU is restricted with passed devices, by a broker, where the VM file says so") {
  VmConfig vm = vm_with({card(0), card(1)});
  CHECK(unrestricted(vm, {card(0), card(1)}) ==
        "QEMU has passed devices; with device_model.restricted: true a broker serves them");
  vm.device_model.restricted = true;
  CHECK(unrestricted(vm, {card(0), card(1)}) == "by a broker");
  vm.disks = {{.image = "/b", .target = "hda"}};
  CHECK(unrestricted(vm, {card(0), card(1)}) == "by a broker, with a disk server");
  VmConfig with_igd = vm_with({igd()});
  with_igd.device_model.restricted = true;
  CHECK(unrestricted(with_igd, {igd()}) ==
        "QEMU gives the guest the OpRegion of the integrated GPU, which is memory of the host");
}

TEST_CASE("QEMU stays root where another user could not do what it has to, and says why") {
  const auto because = [](const std::function<void(VmConfig&)>& change, bool can_confine = true) {
    const UserChoice choice = chosen(change, QemuHelp{.options = {"chroot", "runas"}}, can_confine);
    CHECK_FALSE(choice.users);
    return choice.because;
  };
  CHECK(because([](VmConfig& vm) { vm.device_model.user = QemuUser::root; }) ==
        "the VM file says so");
  CHECK(because([](VmConfig& vm) { vm.device_model.profile = DeviceModelProfile::traditional; }) ==
        "the profile traditional can be no other user");
  CHECK(because([](VmConfig& vm) { vm.device_model.confined = false; }) ==
        "device_model.confined is false");
  CHECK(because([](VmConfig&) {}, false) == "this kernel cannot confine it");
  CHECK(because([](VmConfig& vm) { vm.device_model.extra_args = {"-S"}; }) ==
        "extra_args may need that (device_model.user: own if they do not)");
  const UserChoice asked_for = chosen(
      [](VmConfig& vm) {
        vm.device_model.extra_args = {"-S"};
        vm.device_model.user = QemuUser::own;
      },
      QemuHelp{.options = {"chroot", "runas"}});
  CHECK(asked_for.users);
}

TEST_CASE(
    "QEMU gets a control group unless there are none, we are in one, or the VM file says so") {
  const auto lack = [](const std::function<void(DeviceModelConfig&)>& change, const GroupLack& host,
                       const std::string& unit) {
    VmConfig vm = vm_with({});
    change(vm.device_model);
    LaunchPlan plan = plan_of(vm, {});
    set_control_group(plan, host, unit);
    return plan.no_group;
  };
  const auto nothing = [](DeviceModelConfig&) {};
  const auto no = [](DeviceModelConfig& config) { config.control_group = false; };
  const auto yes = [](DeviceModelConfig& config) { config.control_group = true; };
  const auto limits = [](DeviceModelConfig& config) { config.limits = ResourceLimits{}; };
  const GroupLack none{"there are none", "make some"};
  CHECK(lack(nothing, {}, "") == GroupLack{});
  CHECK(lack(nothing, {}, "run-u7.scope") ==
        GroupLack{"xenlaunch runs in run-u7.scope, which was made for it", ""});
  CHECK(lack(yes, {}, "a.service") == GroupLack{});
  CHECK(lack(limits, {}, "a.service") == GroupLack{});
  CHECK(lack(yes, none, "a.service") == none);
  CHECK(lack(nothing, none, "") == none);
  CHECK(lack(no, {}, "") == GroupLack{"the VM file says so", "remove device_model.control_group"});
}

TEST_CASE("the limits of a control group read well") {
  CHECK(describe_limits(limits_of(plan_of(vm_with({}), {}))) == "at most 1024 tasks");
  CHECK(describe_limits({.memory_mib = 1536, .tasks = 64, .cpu_weight = 50}) ==
        "at most 64 tasks and 1536 MiB of memory, a processor weight of 50");
}

TEST_CASE("the plan says what QEMU is kept from") {
  VmConfig vm = vm_with({});
  CHECK(planned_confinement(plan_of(vm, {})) ==
        Names{"files", "system_calls", "privileges", "ipc", "network"});
  vm.vnc = VncConfig{};
  CHECK(planned_confinement(plan_of(vm, {})) ==
        Names{"files", "system_calls", "privileges", "ipc"});
  CHECK(describe_confinement(planned_confinement(plan_of(vm, {}))) ==
        "confined: files, system calls, privileges, IPC");
  LaunchPlan plan = plan_of(vm, {});
  plan.device_model.users = QemuUsers{};
  CHECK(describe_confinement(planned_confinement(plan)) ==
        "confined: files, system calls, privileges, IPC, user, root folder");
  vm.device_model.confined = false;
  CHECK(planned_confinement(plan_of(vm, {})).empty());
  CHECK(describe_confinement({}) == "not confined");
}

}  // namespace
}  // namespace xenlaunch::test
