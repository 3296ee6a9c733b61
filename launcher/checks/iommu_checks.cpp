#include <fmt/format.h>

#include <algorithm>

#include "launcher/checks/checks.h"

namespace xenlaunch {
namespace {

/// How it is switched on, for the processor at hand.
std::string switch_on(ProcessorVendor processor) {
  const std::string rest =
      " in the firmware setup. Where there is no such switch, update the firmware; the board may "
      "have no IOMMU at all.";
  switch (processor) {
    case ProcessorVendor::intel:
      return "Switch on VT-d (not only VT-x)" + rest;
    case ProcessorVendor::amd:
      return "Switch on AMD-Vi (often named IOMMU; not only SVM)" + rest;
    case ProcessorVendor::other:
      break;
  }
  return "Switch on VT-d (Intel) or AMD-Vi/IOMMU (AMD)" + rest;
}

bool firmware_has_table(const DoctorFacts& facts) {
  return facts.has_dmar || facts.has_ivrs;
}

std::string table_names(const DoctorFacts& facts) {
  if (facts.has_dmar && facts.has_ivrs) return "DMAR and IVRS";
  return facts.has_dmar ? "DMAR" : "IVRS";
}

/// What can be told without the hypervisor's help.
Check iommu_without_xen(const DoctorFacts& facts) {
  if (facts.iommus > 0)
    return {"iommu", CheckStatus::ok,
            fmt::format("The IOMMU is switched on: Linux uses {} of them. Xen has not tried yet.",
                        facts.iommus),
            ""};
  if (firmware_has_table(facts))
    return {"iommu", CheckStatus::ok,
            fmt::format("The firmware has an IOMMU table ({}), so the IOMMU is switched on there. "
                        "Whether Xen can use it is not known.",
                        table_names(facts)),
            ""};
  return {"iommu", CheckStatus::problem,
          "The firmware has no IOMMU table (DMAR for Intel, IVRS for AMD): the IOMMU is switched "
          "off, or there is none.",
          switch_on(facts.processor)};
}

Check bad_table(const IommuReport& report) {
  std::string remedy =
      "Update the firmware (BIOS) of the board, and report the fault to its maker if it is still "
      "there.";
  if (report.evidence.find("IO-APIC") != std::string::npos)
    remedy +=
        " Until then `ivrs_ioapic[ID]=BB:DD.F` on Xen's command line can give Xen what the table "
        "lacks.";
  return {"iommu", CheckStatus::problem,
          fmt::format("Xen switched the IOMMU off, since the table of it in the firmware is bad: "
                      "\"{}\".",
                      report.evidence),
          std::move(remedy)};
}

Check silent_iommu(const DoctorFacts& facts, const IommuReport& report) {
  if (report.beginning_lost)
    return {"iommu", CheckStatus::problem,
            "Xen uses no IOMMU, and the messages of its boot that would say why are gone.",
            "Put `conring_size=1M` on Xen's command line, without a `loglvl` below warning, reboot "
            "and run this again. " +
                switch_on(facts.processor)};
  return {"iommu", CheckStatus::problem, "Xen uses no IOMMU and does not say why.",
          "Put `iommu=debug loglvl=all conring_size=1M` on Xen's command line, reboot, and look "
          "for VT-D or AMD-Vi in `xl dmesg`. " +
              switch_on(facts.processor)};
}

Check switched_off(const std::string& word) {
  return {"iommu", CheckStatus::problem,
          fmt::format("The IOMMU is switched off on Xen's command line: \"{}\".", word),
          fmt::format("Take what switches it off in `{}` from Xen's command line "
                      "(GRUB_CMDLINE_XEN in /etc/default/grub, then `update-grub`) and reboot.",
                      word)};
}

Check iommu_off(const DoctorFacts& facts, const IommuReport& report) {
  IommuCause cause = report.cause;
  if (cause == IommuCause::unknown && !firmware_has_table(facts)) cause = IommuCause::no_table;
  switch (cause) {
    case IommuCause::command_line:
      return switched_off(report.evidence);
    case IommuCause::no_table:
      return {"iommu", CheckStatus::problem,
              "Xen found no IOMMU: the firmware has no table of one (DMAR for Intel, IVRS for "
              "AMD), as where it is switched off in the firmware setup.",
              switch_on(facts.processor)};
    case IommuCause::bad_table:
      return bad_table(report);
    case IommuCause::erratum:
      return {"iommu", CheckStatus::problem,
              fmt::format("Xen keeps the IOMMU off because of a fault of the chipset: \"{}\".",
                          report.evidence),
              "Do what that message asks for, if anything, or use another board: with this chipset "
              "as it is a guest with a card could harm the host."};
    case IommuCause::unusable:
      return {"iommu", CheckStatus::problem,
              fmt::format("Xen could not set up the IOMMU: \"{}\".", report.evidence),
              "Update the firmware (BIOS) of the board. If that does not help, put `iommu=debug "
              "loglvl=all conring_size=1M` on Xen's command line, reboot, and see `xl dmesg`."};
    case IommuCause::unknown:
      break;
  }
  return silent_iommu(facts, report);
}

Check interrupt_remapping(const IommuReport& report) {
  const std::string name = "interrupt_remapping";
  if (report.interrupt_remapping == true)
    return {name, CheckStatus::ok, "Interrupt remapping is on.", ""};
  if (!report.interrupt_remapping)
    return {name, CheckStatus::warning,
            "Whether interrupt remapping is on is not known: the messages of Xen's boot are gone.",
            "Put `conring_size=1M` on Xen's command line, reboot and run this again."};
  const std::string& evidence = report.interrupt_remapping_evidence;
  const std::string because = evidence.empty() ? "" : fmt::format(" (\"{}\")", evidence);
  const bool by_command_line = evidence.starts_with("iommu=");
  return {name, CheckStatus::warning,
          fmt::format("Interrupt remapping is off{}: a guest with a card can send the host any "
                      "interrupt, and so may break out of its VM.",
                      because),
          by_command_line
              ? fmt::format("Take what switches it off in `{}` from Xen's command line and reboot.",
                            evidence)
              : "Switch on interrupt remapping (or x2APIC) in the firmware setup, or update the "
                "firmware; else pass cards only to guests that you trust."};
}

void add_table_check(Checks& checks, const DoctorFacts& facts, const IommuReport& report) {
  constexpr std::size_t most = 3;
  std::vector<std::string> all = facts.devices.table_problems;
  all.insert(all.end(), facts.table_problems.begin(), facts.table_problems.end());
  for (const std::string& line : report.complaints) all.push_back("Xen says \"" + line + "\"");
  const std::size_t count = all.size();
  if (count == 0 && report.state != IommuState::enabled) return;  // nobody has looked
  if (count == 0) {
    checks.push_back({"iommu_tables", CheckStatus::ok,
                      "Xen has nothing against the firmware's IOMMU tables.", ""});
    return;
  }
  all.resize(std::min(count, most));
  if (count > most) all.push_back(fmt::format("{} more", count - most));
  checks.push_back({"iommu_tables", CheckStatus::warning,
                    "The firmware's IOMMU tables or settings have faults: " + list_of(all) + ".",
                    "Update the firmware (BIOS) of the board, and look for VT-D or AMD-Vi in "
                    "`xl dmesg` if a card that is passed does not work."});
}

}  // namespace

void add_iommu_checks_of_copy(Checks& checks, const DoctorFacts& facts) {
  const std::string& word = facts.devices.iommu_off_word;
  if (!word.empty())
    checks.push_back(switched_off(word));
  else
    checks.push_back({"iommu", CheckStatus::warning,
                      firmware_has_table(facts)
                          ? fmt::format("The firmware has an IOMMU table ({}). Whether Xen uses it "
                                        "is not known.",
                                        table_names(facts))
                          : "Whether Xen uses an IOMMU is not known.",
                      "Run this on that host."});
  add_table_check(checks, facts, {});
}

void add_iommu_checks(Checks& checks, const DoctorFacts& facts, const IommuReport& report) {
  if (!facts.xen) {
    checks.push_back(iommu_without_xen(facts));
  } else if (!facts.xen->iommu) {
    checks.push_back(iommu_off(facts, report));
  } else {
    checks.push_back({"iommu", CheckStatus::ok, "Xen uses the IOMMU.", ""});
    checks.push_back(interrupt_remapping(report));
  }
  add_table_check(checks, facts, report);
}

}  // namespace xenlaunch
