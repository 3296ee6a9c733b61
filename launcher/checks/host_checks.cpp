#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "launcher/checks/checks.h"

namespace xenlaunch {
namespace {

/// The word in brackets of "none [integrity] confidentiality"; empty where there is none.
std::string lockdown_level(const std::string& text) {
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']', std::min(open, text.size()));
  if (close == std::string::npos) return {};
  return excerpt(text.substr(open + 1, close - open - 1));
}

/// One line on something that QEMU has (`has`), has not, or could not be asked for.
void add_ability(Checks& checks, const std::string& name, const QemuFacts& qemu,
                 std::optional<bool> has, const std::string& ability, CheckStatus where_absent) {
  if (has == true) {
    checks.push_back(
        {name, CheckStatus::ok, fmt::format("QEMU {} has {}.", qemu.path, ability), ""});
  } else if (has == false) {
    checks.push_back({name, where_absent, fmt::format("QEMU {} has no {}.", qemu.path, ability),
                      "Install a QEMU that was built for Xen with PCI passthrough (on Debian "
                      "`apt install qemu-system-xen`), or name one as paths.qemu in "
                      "/etc/xenlaunch/host.yaml."});
  } else {
    const std::string because = qemu.unknown_because.empty() ? "" : ": " + qemu.unknown_because;
    checks.push_back(
        {name, CheckStatus::warning,
         fmt::format("Whether QEMU {} has {} is not known{}.", qemu.path, ability, because),
         fmt::format("Run `{0} -device help` and `{0} -machine xenfv,help`, and see what they say.",
                     qemu.path)});
  }
}

}  // namespace

void add_lockdown_check(Checks& checks, const DoctorFacts& facts) {
  const std::string level = facts.lockdown ? lockdown_level(*facts.lockdown) : "";
  const std::string secure_boot = facts.secure_boot == true ? " (Secure Boot is on)" : "";
  if (level == "integrity" || level == "confidentiality") {
    checks.push_back(
        {"lockdown", CheckStatus::problem,
         fmt::format("The kernel is locked down to {}{}: it keeps QEMU from /dev/mem and from the "
                     "devices' registers in sysfs, and a card cannot be passed without them.",
                     level, secure_boot),
         "Switch off Secure Boot in the firmware setup, or take `lockdown=` from dom0's command "
         "line, and reboot."});
  } else if (level.empty() && facts.secure_boot != false) {
    checks.push_back(
        {"lockdown", CheckStatus::warning,
         std::string{facts.secure_boot == true ? "Secure Boot is on, and whether it locks"
                                               : "Whether Secure Boot is on and locks"} +
             " the kernel down is not known: there is no /sys/kernel/security/lockdown.",
         "Run `mount -t securityfs securityfs /sys/kernel/security` and this again. Where the "
         "kernel is locked down, switch off Secure Boot in the firmware setup."});
  } else {
    checks.push_back({"lockdown", CheckStatus::ok, "The kernel is not locked down.", ""});
  }
}

namespace {

/// "" of nothing.
std::string sentence(const std::string& clause) {
  return clause.empty() ? "" : capitalised(clause) + ".";
}

/// What there is to keep a QEMU that a guest has broken into from the host.
void add_cage_checks(Checks& checks, const DoctorFacts& facts) {
  if (facts.can_confine)
    checks.push_back(
        *facts.can_confine
            ? Check{"qemu_confinement", CheckStatus::ok,
                    "QEMU is kept from what of dom0 it does not need: files, system calls, "
                    "privileges, IPC and, where it needs none, the network.",
                    ""}
            : Check{"qemu_confinement", CheckStatus::warning,
                    "QEMU can write to all of dom0: this kernel cannot confine it.",
                    "Run Linux 5.12 or later."});
  if (facts.no_control_groups)
    checks.push_back(facts.no_control_groups->because.empty()
                         ? Check{"control_groups", CheckStatus::ok,
                                 "QEMU can have a control group of its own.", ""}
                         : Check{"control_groups", CheckStatus::warning,
                                 fmt::format("QEMU gets no control group of its own: {}.",
                                             facts.no_control_groups->because),
                                 sentence(facts.no_control_groups->remedy)});
  const std::string& because = facts.qemu.unrestricted_because;
  checks.push_back(
      because.empty()
          ? Check{"qemu_restriction", CheckStatus::ok,
                  "QEMU can be a user of its own, restricted to its own domain.", ""}
          : Check{"qemu_restriction", CheckStatus::warning,
                  fmt::format("A QEMU that a guest breaks into has the host: {}.", because),
                  "Install a newer QEMU that was built for Xen (on Debian `apt install "
                  "qemu-system-xen`), or name one as paths.qemu in /etc/xenlaunch/host.yaml."});
  if (facts.has_landlock)
    checks.push_back(
        *facts.has_landlock
            ? Check{"landlock", CheckStatus::ok,
                    "What serves disks of images with backing files is kept from dom0's files.", ""}
            : Check{"landlock", CheckStatus::warning,
                    "What serves disks of images with backing files is kept from little: this "
                    "kernel has no Landlock.",
                    "Run Linux 5.13 or later, with landlock in lsm= if that is on dom0's command "
                    "line; or use images without backing files."});
}

}  // namespace

void add_qemu_checks(Checks& checks, const DoctorFacts& facts) {
  for (const std::string& problem : facts.firmware_problems)
    checks.push_back({"guest_firmware", CheckStatus::problem,
                      fmt::format("The firmware for guests cannot be read: {}.", problem),
                      "Install Xen's tools and seabios, or name the files as paths.hvmloader and "
                      "paths.seabios in /etc/xenlaunch/host.yaml."});
  const QemuFacts& qemu = facts.qemu;
  if (qemu.problem) {
    checks.push_back(
        {"qemu", CheckStatus::problem,
         fmt::format("QEMU {} cannot be run: {}.", qemu.path, *qemu.problem),
         "Install it (on Debian `apt install qemu-system-xen`), or name another one as paths.qemu "
         "in /etc/xenlaunch/host.yaml."});
    return;
  }
  const std::string version = qemu.version.empty() ? "" : ", version " + qemu.version;
  checks.push_back({"qemu", CheckStatus::ok, fmt::format("QEMU is {}{}.", qemu.path, version), ""});
  add_cage_checks(checks, facts);
  add_ability(checks, "qemu_passthrough", qemu, qemu.has_pci_passthrough, "xen-pci-passthrough",
              CheckStatus::problem);
  if (std::ranges::none_of(facts.devices.gpus, &Gpu::integrated)) return;  // nothing needs it
  add_ability(checks, "qemu_igd_passthru", qemu, qemu.has_igd_passthru, "igd-passthru",
              std::ranges::all_of(facts.devices.gpus, &Gpu::integrated) ? CheckStatus::problem
                                                                        : CheckStatus::warning);
}

}  // namespace xenlaunch
