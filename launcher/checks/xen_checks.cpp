#include <fmt/format.h>

#include <optional>

#include "base/xen_version.h"
#include "launcher/checks/checks.h"
#include "launcher/checks/device_findings.h"

namespace xenlaunch {
namespace {

Check xen_version(const std::string& version, const std::string& built_for) {
  const std::string name = "xen_version";
  const std::optional<XenVersion> running = parse_xen_version(version);
  if (!running || *running < XenVersion{4, 0})
    return {name, CheckStatus::problem,
            fmt::format("Xen {} is running; passing graphics cards needs 4.0 at least.", version),
            fmt::format("Install Xen {}.", built_for)};
  if (running != parse_xen_version(built_for))
    return {name, CheckStatus::problem,
            fmt::format("Xen {} is running, but xenlaunch was built with the libraries of Xen {}, "
                        "which speak to no other.",
                        version, built_for),
            fmt::format("Build xenlaunch with the libxen-dev of this host's Xen, or boot Xen {}.",
                        built_for)};
  return {name, CheckStatus::ok,
          fmt::format("Xen {} is what xenlaunch was built for ({}).", version, built_for), ""};
}

std::string virtualisation_name(ProcessorVendor processor) {
  switch (processor) {
    case ProcessorVendor::intel:
      return "VT-x";
    case ProcessorVendor::amd:
      return "AMD-V (SVM)";
    case ProcessorVendor::other:
      break;
  }
  return "VT-x (Intel) or AMD-V (AMD)";
}

bool is_another(const std::string& version, const std::string& built_for) {
  return !version.empty() && parse_xen_version(version) != parse_xen_version(built_for);
}

std::string because_of(const std::string& reason) {
  return reason.empty() ? "" : ": " + reason;
}

}  // namespace

void add_next_boot_check(Checks& checks, const DoctorFacts& facts) {
  const std::optional<NoXen>& no_xen = facts.devices.next_boot_without_xen;
  if (facts.running_under_xen && no_xen)
    checks.push_back({"next_boot", CheckStatus::warning, capitalised(no_xen->what) + ".",
                      capitalised(no_xen->remedy) + "."});
}

void add_xen_checks(Checks& checks, const DoctorFacts& facts) {
  const char* unanswered = " What follows is what can be told without its answers.";
  const Check running{"xen", CheckStatus::ok, "Xen is running, and this is its dom0.", ""};
  if (!facts.running_under_xen) {
    checks.push_back({"xen", CheckStatus::problem,
                      "Xen is not running. What follows is what can be told without it.",
                      "Install Xen (on Debian `apt install xen-system-amd64`), and boot the entry "
                      "with Xen in the boot menu."});
  } else if (!facts.xen && is_another(facts.xen_version, facts.built_for_xen)) {
    checks.push_back(running);
    checks.push_back(xen_version(facts.xen_version, facts.built_for_xen));
    checks.back().text += unanswered;
  } else if (!facts.xen) {
    checks.push_back(
        {"xen", CheckStatus::problem,
         fmt::format("Xen is running, but could not be asked{}.{}", because_of(facts.xen_problem),
                     unanswered),
         fmt::format("Run this as root in dom0; Xen has to be {}, as the libraries that xenlaunch "
                     "was built with.",
                     facts.built_for_xen)});
  } else {
    checks.push_back(running);
    checks.push_back(xen_version(facts.xen->version, facts.built_for_xen));
  }
  add_next_boot_check(checks, facts);
}

void add_hvm_check(Checks& checks, const DoctorFacts& facts) {
  const std::string what = virtualisation_name(facts.processor);
  const std::string remedy = fmt::format(
      "Switch on {} in the firmware setup, and switch the machine off and on again.", what);
  if (facts.xen) {
    const std::optional<std::string> complaint = hvm_complaint(facts.xen->boot_messages);
    checks.push_back(
        facts.xen->hvm
            ? Check{"hvm", CheckStatus::ok, "Xen can run HVM guests.", ""}
            : Check{"hvm", CheckStatus::problem,
                    fmt::format("Xen cannot run HVM guests, which take a graphics card: the "
                                "processor's {} is missing or switched off{}.",
                                what, complaint ? fmt::format(" (\"{}\")", *complaint) : ""),
                    remedy});
    return;
  }
  if (facts.running_under_xen) return;  // it hides the flags from dom0
  checks.push_back(
      facts.has_vmx || facts.has_svm
          ? Check{"hvm", CheckStatus::ok,
                  fmt::format("The processor has {}.", facts.has_vmx ? "VT-x" : "AMD-V"), ""}
          : Check{
                "hvm", CheckStatus::problem,
                "The processor shows neither VT-x nor AMD-V (flags vmx and svm in /proc/cpuinfo), "
                "without which no guest can have a graphics card.",
                remedy});
}

void add_pciback_check(Checks& checks, const DoctorFacts& facts) {
  const std::optional<GarbledHide>& garbled = facts.devices.garbled_hide;
  checks.push_back(
      facts.devices.pci.pciback_loaded
          ? Check{"pciback", CheckStatus::ok, "pciback is there to take devices from dom0.", ""}
          : Check{"pciback", CheckStatus::problem,
                  "pciback is not there, so no device can be taken from dom0.",
                  garbled && garbled->now
                      ? capitalised(pciback_missing_finding(garbled).remedy) + "."
                      : "Run `modprobe xen-pciback`, and put `xen-pciback` into /etc/modules to "
                        "have it at each boot."});
}

void add_dom0_checks(Checks& checks, const DoctorFacts& facts) {
  checks.push_back(
      !facts.xenstored_problem
          ? Check{"xenstored", CheckStatus::ok, "xenstored answers.", ""}
          : Check{"xenstored", CheckStatus::problem,
                  fmt::format("xenstored does not answer{}.", because_of(*facts.xenstored_problem)),
                  "Start it with Xen's other daemons: `systemctl start xen` on Debian, `systemctl "
                  "start xenstored` elsewhere; then see `systemctl status` of it."});
  checks.push_back(
      facts.xenconsoled_runs
          ? Check{"xenconsoled", CheckStatus::ok, "xenconsoled runs.", ""}
          : Check{"xenconsoled", CheckStatus::warning,
                  "xenconsoled does not run. Guests start all the same, but without a console.",
                  "Start it with Xen's other daemons: `systemctl start xen` on Debian, `systemctl "
                  "start xenconsoled` elsewhere."});
}

}  // namespace xenlaunch
