#include "launcher/checks/xen_boot_messages.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace xenlaunch {
namespace {

constexpr std::size_t longest_line = 160;  // bytes of a line that are shown
constexpr std::size_t most_lines = 3;      // of the evidence

struct Rule {
  std::string_view part;  ///< of the line
  IommuCause cause;       ///< unknown: a complaint that leaves the IOMMU on
};

/// The wording of Xen 4.0 to 4.22, below xen/drivers/passthrough unless said otherwise. Lines that
/// only a debug build has (dprintk) come with a file and a number in front.
constexpr std::array rules{
    // vtd/dmar.c
    Rule{"Failed to parse ACPI DMAR", IommuCause::bad_table},
    Rule{"Invalid DMAR width", IommuCause::bad_table},
    Rule{"Invalid ACPI DMAR entry length", IommuCause::bad_table},
    Rule{"Only one INCLUDE_ALL device scope is allowed", IommuCause::bad_table},
    Rule{"Overlapping RMRRs", IommuCause::bad_table},
    Rule{"] is incorrect!", IommuCause::bad_table},
    // vtd/dmar.c, x86/iommu.c since 4.20
    Rule{" in reserved memory", IommuCause::unknown},
    // vtd/quirks.c, amd/iommu_init.c
    Rule{"Disabling IOMMU due to Intel", IommuCause::erratum},
    Rule{"SP5100 erratum 28 detected", IommuCause::erratum},
    // vtd/iommu.c; in both since 4.18
    Rule{"[VT-D]IOMMU: unsupported", IommuCause::unusable},
    Rule{"no CMPXCHG16B support, disabling IOMMU", IommuCause::unusable},
    // "Disabling" up to 4.14
    Rule{"isabling IGD VT-d engine", IommuCause::unknown},
    Rule{"isabling ISOCH VT-d engine", IommuCause::unknown},
    // vtd/intremap.c
    Rule{"Device pass-through will be insecure", IommuCause::unknown},
    // amd/iommu_acpi.c, amd/iommu_detect.c: "AMD-Vi: Error: " since 4.16
    Rule{"AMD-Vi: Error: IVRS: ", IommuCause::bad_table},
    Rule{"AMD-Vi: Error: IVHD: ", IommuCause::bad_table},
    Rule{"AMD-Vi: Error: IVMD: ", IommuCause::bad_table},
    Rule{"AMD-Vi: Error: invalid IVHD block", IommuCause::bad_table},
    Rule{"IVHD Error: ", IommuCause::bad_table},
    Rule{"IVMD Error: ", IommuCause::bad_table},
    Rule{"Unrecognized IVHD special variety", IommuCause::bad_table},
    Rule{"Cannot find supported IVHD type", IommuCause::bad_table},
    Rule{"No southbridge IO-APIC found in IVRS table", IommuCause::bad_table},
    Rule{"AMD-Vi: Warning: IVMD: ", IommuCause::unknown},
    // amd/pci_amd_iommu.c; "IOMMU not found!" up to 4.12
    Rule{"AMD-Vi: IOMMU not found!", IommuCause::no_table},
    Rule{"AMD-Vi: Error initialization", IommuCause::unusable},
    Rule{"initializing for x2APIC mode", IommuCause::unusable},
    Rule{"global interrupt remap table is not recommended", IommuCause::unknown},
    // iommu.c
    Rule{"IOMMU: page size mask", IommuCause::unusable},
    // xen/drivers/acpi/tables/tbutils.c
    Rule{"Incorrect checksum in table [DMAR]", IommuCause::unknown},
    Rule{"Incorrect checksum in table [IVRS]", IommuCause::unknown},
};

/// vtd/intremap.c; xen/arch/x86/apic.c; vtd/iommu.c
constexpr std::array interrupt_remapping_parts{
    std::string_view{"Platform firmware does not support interrupt remapping"},
    std::string_view{"Should not enable interrupt remapping"},
    std::string_view{"Failed to enable Interrupt Remapping"},
    std::string_view{"Intel VT-d Interrupt Remapping not enabled"},
};

/// xen/arch/x86/hvm/vmx/vmcs.c, xen/arch/x86/hvm/svm/svm.c
constexpr std::array hvm_parts{
    std::string_view{"VMX disabled by BIOS"},
    std::string_view{"VMXON failed: perhaps because of TXT"},
    std::string_view{"AMD SVM Extension is disabled in BIOS"},
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

template <typename Parts>
bool contains_any(std::string_view text, const Parts& parts) {
  return std::ranges::any_of(parts, [text](std::string_view part) { return contains(text, part); });
}

/// `text` up to `end` at its front, which is taken off together with `end`.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

/// What Xen itself printed: its lines begin with "(XEN) " and then, with console_timestamps, "[…]
/// "; a guest's begin with "(dN) " (printk_start_of_line and guest_printk of
/// xen/drivers/char/console.c). A message that begins with "[VT-D]" has no space behind the
/// bracket, or another one before RMRR.
std::vector<std::string_view> lines_of_xen(std::string_view messages) {
  constexpr std::string_view prefix = "(XEN) ";
  std::vector<std::string_view> lines;
  while (!messages.empty()) {
    std::string_view line = take_until(messages, '\n');
    if (!line.starts_with(prefix)) continue;
    line.remove_prefix(prefix.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('[') && !line.starts_with("[VT-D]") && contains(line, "] "))
      line.remove_prefix(line.find("] ") + 2);
    lines.push_back(line);
  }
  return lines;
}

/// As parse_bool of xen/common/kernel.c has it.
std::optional<bool> boolean(std::string_view text) {
  for (std::string_view yes : {"1", "on", "yes", "true", "enable"})
    if (text == yes) return true;
  for (std::string_view no : {"0", "no", "off", "false", "disable"})
    if (text == no) return false;
  return std::nullopt;
}

/// "NAME", "no-NAME" or "NAME=BOOLEAN", as parse_boolean of xen/common/kernel.c has it.
std::optional<bool> named_boolean(std::string_view option, std::string_view name) {
  if (option == name) return true;
  constexpr std::string_view no = "no-";
  if (option.starts_with(no) && option.substr(no.size()) == name) return false;
  if (!option.starts_with(name) || option.substr(name.size(), 1) != "=") return std::nullopt;
  return boolean(option.substr(name.size() + 1));
}

/// The words of Xen's command line that decide; the last one does.
struct CommandLine {
  std::string off_word;       ///< "iommu=off"; empty where the IOMMU is not switched off
  std::string intremap_word;  ///< likewise "iommu=no-intremap"
  std::string igfx_word;      ///< likewise "iommu=no-igfx"
};

/// One word of the sub-options that parse_iommu_param of iommu.c splits at commas.
void read_iommu_option(CommandLine& result, std::string_view option, std::string_view word) {
  if (const std::optional<bool> on = boolean(option)) result.off_word = *on ? "" : word;
  if (const auto intremap = named_boolean(option, "intremap"))
    result.intremap_word = *intremap ? "" : word;
  if (const auto igfx = named_boolean(option, "igfx")) result.igfx_word = *igfx ? "" : word;
}

CommandLine read_command_line(std::string_view line) {
  CommandLine result;
  while (!line.empty()) {
    const std::string_view word = take_until(line, ' ');
    std::string_view value = word;
    const std::string_view key = take_until(value, '=');
    if (word == "no-iommu" || word == "no-acpi") result.off_word = word;
    // Without ACPI Xen finds no IOMMU at all (acpi_iommu_init of x86/iommu.c).
    if (key == "acpi" && boolean(value) == false) result.off_word = word;
    while (key == "iommu" && !value.empty())
      read_iommu_option(result, take_until(value, ','), word);
  }
  return result;
}

std::string shown(std::string_view text) {
  return excerpt(text.substr(std::min(text.find_first_not_of(' '), text.size())), longest_line);
}

/// The lines that a rule knows, and the first one's cause among those that switch the IOMMU off.
struct Findings {
  std::optional<IommuCause> cause;
  std::vector<std::string> against;     ///< lines that switch it off
  std::vector<std::string> complaints;  ///< lines that count while it is on
};

Findings apply_rules(const std::vector<std::string_view>& lines) {
  Findings found;
  for (const std::string_view line : lines) {
    const auto rule =
        std::ranges::find_if(rules, [line](const Rule& one) { return contains(line, one.part); });
    if (rule == rules.end()) continue;
    if (rule->cause == IommuCause::unknown || rule->cause == IommuCause::bad_table)
      found.complaints.push_back(shown(line));
    if (rule->cause == IommuCause::unknown) continue;
    if (!found.cause) found.cause = rule->cause;
    found.against.push_back(shown(line));
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), most_lines); ++i)
    text += (i == 0 ? "" : " / ") + lines[i];
  return text;
}

void find_cause(IommuReport& report, const Findings& found, const CommandLine& words,
                const std::vector<std::string_view>& lines) {
  const auto some_line_starts_with = [&lines](std::string_view start) {
    return std::ranges::any_of(lines, [start](auto line) { return line.starts_with(start); });
  };
  if (!words.off_word.empty()) {
    report.cause = IommuCause::command_line;
    report.evidence = shown(words.off_word);
  } else if (found.cause) {
    report.cause = *found.cause;
    report.evidence = joined(found.against);
  } else if (some_line_starts_with("ACPI: RSDP ") && !some_line_starts_with("ACPI: DMAR ") &&
             !some_line_starts_with("ACPI: IVRS ")) {
    // acpi_tb_print_table_header of xen/drivers/acpi/tables/tbutils.c lists every table.
    report.cause = IommuCause::no_table;
  }
}

}  // namespace

IommuReport report_iommu(std::string_view messages, std::string_view command_line) {
  const std::vector<std::string_view> lines = lines_of_xen(messages);
  const CommandLine words = read_command_line(command_line);
  IommuReport report;
  for (const std::string_view line : lines) {
    // iommu_setup of xen/drivers/passthrough/iommu.c
    if (line == "I/O virtualisation enabled") report.state = IommuState::enabled;
    if (line == "I/O virtualisation disabled") report.state = IommuState::disabled;
    if (line == "Interrupt remapping enabled") report.interrupt_remapping = true;
    if (line == "Interrupt remapping disabled") report.interrupt_remapping = false;
    // console_init_preirq of xen/drivers/char/console.c
    if (line.starts_with("Xen version ")) report.beginning_lost = false;
  }
  const Findings found = apply_rules(lines);
  if (report.state == IommuState::enabled)
    report.complaints = found.complaints;
  else
    find_cause(report, found, words, lines);
  if (report.interrupt_remapping == false) {
    const auto line = std::ranges::find_if(
        lines, [](auto one) { return contains_any(one, interrupt_remapping_parts); });
    if (!words.intremap_word.empty())
      report.interrupt_remapping_evidence = shown(words.intremap_word);
    else if (line != lines.end())
      report.interrupt_remapping_evidence = shown(*line);
  }
  return report;
}

std::string iommu_off_word(std::string_view command_line) {
  return shown(read_command_line(command_line).off_word);
}

std::string igfx_off_word(std::string_view command_line) {
  return shown(read_command_line(command_line).igfx_word);
}

std::optional<std::string> hvm_complaint(std::string_view messages) {
  for (const std::string_view line : lines_of_xen(messages))
    if (contains_any(line, hvm_parts)) return shown(line);
  return std::nullopt;
}

}  // namespace xenlaunch
