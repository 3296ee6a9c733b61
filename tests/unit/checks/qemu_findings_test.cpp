#include "launcher/checks/qemu_findings.h"

#include "launcher/host/own_program.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Findings = std::vector<Finding>;

const std::set<std::string> some_devices{"ide-hd", "e1000", "cirrus-vga"};

/// The plan of a VM that asks for much, and what is known of its QEMU.
LaunchPlan plan_with(const QemuAbilities& qemu) {
  VmConfig vm = vm_with({card(0)});
  vm.disks = {{.image = "/a", .target = "hda"}, {.image = "/b", .target = "nvme0"}};
  vm.sound = SoundCard::hda;
  LaunchPlan plan = plan_of(vm, {card(0)});
  plan.qemu = qemu;
  return plan;
}

Finding lack(const std::string& what, const std::string& lacks, const std::string& remedy) {
  return {FindingCode::qemu_lacks, what, "QEMU at /qemu " + lacks, remedy};
}

TEST_CASE("what the VM file asks for and QEMU does not have is refused by name") {
  const LaunchPlan plan = plan_with({.help = QemuHelp{}, .devices = some_devices});
  const std::string other = ", or name another QEMU in device_model.path";
  const Findings findings = qemu_findings(plan);
  CHECK(findings ==
        Findings{lack("NVMe disks", "has no device nvme", "change disks" + other),
                 lack("PCI devices", "has no device xen-pci-passthrough",
                      "install a QEMU that was built for Xen with PCI passthrough (on Debian "
                      "qemu-system-xen), or name one in device_model.path"),
                 lack("a sound card", "does not know -audiodev", "change sound" + other),
                 lack("a sound card that nobody hears", "has no audio driver none",
                      "change sound" + other),
                 lack("a sound card hda", "has no device intel-hda", "change sound" + other)});
  CHECK(error_of([&] { refuse({findings.front()}); }) ==
        "7: cannot give the guest NVMe disks: QEMU at /qemu has no device nvme; change disks, or "
        "name another QEMU in device_model.path");
}

TEST_CASE("a password for VNC is refused before the start where QEMU can do none") {
  VmConfig vm = vm_with({});
  vm.vnc = VncConfig{.listen = "127.0.0.1", .password_file = "/srv/password"};
  LaunchPlan plan = plan_of(vm, {});
  CHECK(questions_of(plan).contains(QemuQuestion::vnc_password));
  plan.qemu.vnc_password = true;
  CHECK(qemu_findings(plan).empty());
  plan.qemu.vnc_password = false;
  CHECK(qemu_findings(plan) ==
        Findings{{FindingCode::qemu_lacks, "a screen over VNC with a password",
                  "QEMU at /qemu can do no passwords for VNC (its libraries have no DES)",
                  "remove it and listen at 127.0.0.1 or at a vnc.socket, or take spice, whose "
                  "password it can do"}});
}

TEST_CASE("what is not known of a QEMU is no reason to refuse") {
  CHECK(qemu_findings(plan_with({})).empty());
  LaunchPlan plan = plan_with({.unknown_because = "it did not answer within 10 s"});
  CHECK(qemu_findings(plan).empty());  // it cannot be run at all, which another check says
  plan.device_model.path = "/bin/true";
  CHECK(qemu_findings(plan) ==
        Findings{{FindingCode::qemu_lacks, "/bin/true",
                  "whether it has what the VM file asks for is not known: it did not answer within "
                  "10 s",
                  "", Severity::warns}});
}

TEST_CASE("a TPM is refused whatever QEMU has, and the QEMU that has none is named") {
  VmConfig vm = vm_with({});
  vm.tpm = TpmVersion::v2_0;
  LaunchPlan plan = plan_of(vm, {});
  CHECK((questions_of(plan) == std::set{QemuQuestion::help, QemuQuestion::devices}));
  plan.qemu.help = QemuHelp{.options = {"spice"}};
  CHECK(qemu_findings(plan) ==
        Findings{{FindingCode::qemu_lacks, "a TPM",
                  "QEMU at /qemu has none (it does not know -tpmdev)", "remove tpm"}});
  const Findings untried{{FindingCode::qemu_lacks, "a TPM",
                          "Debian's QEMU for Xen has none, so xenlaunch starts no swtpm, and that "
                          "could be tried nowhere",
                          "remove tpm"}};
  plan.qemu.help->options.insert("tpmdev");
  CHECK(qemu_findings(plan) == untried);
  plan.qemu = {};
  CHECK(qemu_findings(plan) == untried);
}

TEST_CASE("a QEMU that has to be restricted to its domain and is not is refused, with the reason") {
  VmConfig vm = vm_with({});
  vm.device_model.restricted = true;
  LaunchPlan plan = plan_of(vm, {});
  plan.unrestricted_because = "QEMU stays root, because the VM file says so";
  CHECK(qemu_findings(plan) ==
        Findings{{FindingCode::not_restricted, "/qemu", plan.unrestricted_because,
                  "change that, or remove device_model.restricted"}});
  CHECK(error_of([&] { refuse(qemu_findings(plan)); }) ==
        "7: cannot keep QEMU from other domains: QEMU stays root, because the VM file says so; "
        "change that, or remove device_model.restricted");
  plan.unrestricted_because = "";
  CHECK(qemu_findings(plan).empty());
  plan.vm.device_model.restricted = false;
  plan.unrestricted_because = "the VM file says so";
  CHECK(qemu_findings(plan).empty());

  LaunchPlan brokered = plan_of(vm, {});
  brokered.devices.push_back({});
  brokered.device_model.restricted = true;
  CHECK(qemu_findings(brokered) ==
        Findings{
            {FindingCode::not_restricted, "/qemu",
             broker_library().string() + ", by which it asks for its passed devices, is not there",
             "install xenlaunch again, as a package"}});
}

TEST_CASE("limits that no control group would hold are refused, with the reason") {
  VmConfig vm = vm_with({});
  vm.device_model.limits = ResourceLimits{};
  LaunchPlan plan = plan_of(vm, {});
  CHECK(qemu_findings(plan).empty());
  plan.no_group = {"the VM file says so", "remove device_model.control_group"};
  CHECK(error_of([&] { refuse(qemu_findings(plan)); }) ==
        "7: cannot limit what QEMU takes: there is no control group for it, because the VM file "
        "says so; remove device_model.control_group, or remove device_model.limits");
  plan.vm.device_model.limits.reset();
  CHECK(qemu_findings(plan).empty());
  plan.vm.device_model.control_group = true;
  plan.no_group = {"/groups is read-only here", ""};
  CHECK(qemu_findings(plan) ==
        Findings{{FindingCode::not_limited, "/qemu",
                  "there is no control group for it, because /groups is read-only here",
                  "remove device_model.control_group"}});
}

TEST_CASE("a QEMU is asked for what the plan takes, and the traditional one for nothing") {
  CHECK((questions_of(plan_of(vm_with({}), {})) ==
         std::set{QemuQuestion::help, QemuQuestion::devices}));
  CHECK((questions_of(plan_of(vm_with({igd()}), {igd()})) ==
         std::set{QemuQuestion::help, QemuQuestion::devices, QemuQuestion::igd_passthru}));
  VmConfig vm = vm_with({});
  vm.device_model.user = QemuUser::root;
  CHECK((questions_of(plan_of(vm, {})) == std::set{QemuQuestion::devices}));
  vm.device_model.profile = DeviceModelProfile::traditional;
  CHECK(questions_of(plan_of(vm, {})).empty());
  CHECK(qemu_findings(plan_of(vm, {})).empty());
}

}  // namespace
}  // namespace xenlaunch::test
