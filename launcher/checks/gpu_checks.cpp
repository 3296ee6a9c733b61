#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "launcher/checks/checks.h"

namespace xenlaunch {
namespace {

/// Why something is not so, and what to do about it, both without a full stop.
struct Reason {
  std::string text;
  std::string remedy;
};

std::string first_letter(std::string text, int (*change)(int)) {
  if (!text.empty()) text[0] = static_cast<char>(change(static_cast<unsigned char>(text[0])));
  return text;
}

/// "REASON; WHAT TO DO." in its two parts; what to do may be missing.
Reason split(std::string sentence) {
  if (sentence.ends_with('.')) sentence.pop_back();
  const std::size_t end = sentence.rfind("; ");
  if (end == std::string::npos) return {first_letter(sentence, std::tolower), ""};
  return {first_letter(sentence.substr(0, end), std::tolower), sentence.substr(end + 2)};
}

/// What keeps the GPU in dom0.
std::vector<Reason> held_back(const DoctorGpu& gpu) {
  std::vector<Reason> reasons;
  for (const std::string& sentence : gpu.why_not) reasons.push_back(split(sentence));
  if (reasons.empty() && !gpu.can_be_passed)
    reasons.push_back({"it is not offered for passing", "see `xenlaunch gpu list`"});
  return reasons;
}

/// What QEMU and the IOMMU cannot do for a GPU at 00:02.0, where Intel's integrated ones are.
std::vector<Reason> unfit(const DoctorGpu& gpu, const IommuReport& report) {
  std::vector<Reason> reasons;
  const PciFunction& function = gpu.function;
  if (function.address != PciAddress{0, 0, 2, 0}) return reasons;
  // xen_pt_realize of QEMU's hw/xen/xen_pt.c takes 00:02.0 for an IGD, and xen_pt_graphics.c needs
  // a VGA controller with a video BIOS.
  if (!gpu.integrated || function.class_code >> 8 != 0x0300)
    reasons.push_back({fmt::format("at that address QEMU passes only an Intel VGA controller "
                                   "(class 0300), and it is {}, class {}",
                                   function.id.to_string(), function.class_text()),
                       "pass another card"});
  else if (!function.has_rom_file)
    reasons.push_back({"it has no video BIOS (no `rom` in sysfs), and QEMU cannot do without",
                       "switch on legacy option ROMs (CSM) in the firmware setup: a host that "
                       "boots by UEFI alone keeps none"});
  // iommu_enable_translation of Xen's vtd/iommu.c
  const auto igd_engine_off = [](const std::string& line) {
    return line.find("disabling IGD VT-d engine") != std::string::npos;
  };
  const auto line = std::ranges::find_if(report.complaints, igd_engine_off);
  if (gpu.integrated && line != report.complaints.end())
    reasons.push_back({fmt::format("Xen leaves its part of the IOMMU off (\"{}\")", *line),
                       "remove `no-igfx` from Xen's command line if it is there, else switch on "
                       "VT-d for graphics in the firmware setup, or update the firmware"});
  return reasons;
}

bool passable(const DoctorGpu& gpu, const DoctorFacts& facts, const IommuReport& report) {
  const bool qemu_can = !gpu.integrated || facts.qemu.has_igd_passthru != false;
  return held_back(gpu).empty() && unfit(gpu, report).empty() && qemu_can;
}

/// Where the text begins with the GPU, and the remedies become sentences; `last` comes behind them.
Check trouble(const std::string& name, CheckStatus status, const std::string& gpu,
              const std::vector<Reason>& reasons, const std::string& last) {
  Check check{name, status, gpu + " cannot be passed as things are: ", ""};
  const char* separator = "";
  for (const Reason& reason : reasons) {
    check.text += separator + reason.text;
    separator = "; ";
    if (reason.remedy.empty()) continue;
    if (!check.remedy.empty()) check.remedy += ' ';
    check.remedy += first_letter(reason.remedy, std::toupper) + ".";
  }
  check.text += '.';
  // One of the remedies may be to make another card the primary one already.
  if (!last.empty() && check.remedy.find("primary") == std::string::npos)
    check.remedy += (check.remedy.empty() ? "" : " ") + last;
  return check;
}

std::string another_primary(const DoctorGpu& primary, const std::vector<DoctorGpu>& gpus) {
  const DoctorGpu* other = nullptr;
  for (const DoctorGpu& gpu : gpus)
    if (&gpu != &primary && gpu.function.class_code >> 8 == 0x0300 &&
        (other == nullptr || gpu.integrated))
      other = &gpu;
  if (other != nullptr)
    return fmt::format("Or make {}{} the primary card in the firmware setup.",
                       other->integrated ? "the on-board " : "",
                       other->function.address.to_string());
  return primary.integrated
             ? "Or put another card in, and make that the primary one in the firmware setup."
             : "Or switch on the on-board card, if there is one, and make it the primary one in "
               "the firmware setup.";
}

void add_primary_card(Checks& checks, const DoctorFacts& facts, CheckStatus status) {
  const auto primary = std::ranges::find_if(facts.gpus, &DoctorGpu::is_system_display_device);
  if (primary == facts.gpus.end()) {
    checks.push_back({"primary_card", CheckStatus::ok, "No GPU is the system display device.", ""});
    return;
  }
  const std::vector<Reason> reasons = held_back(*primary);
  const std::string text = "The primary card " + describe(*primary);
  if (reasons.empty())
    checks.push_back({"primary_card", CheckStatus::ok,
                      text + " is used neither by dom0 nor by the host's console.", ""});
  else
    checks.push_back(
        trouble("primary_card", status, text, reasons, another_primary(*primary, facts.gpus)));
}

void add_gpus_in_use(Checks& checks, const DoctorFacts& facts, CheckStatus status) {
  Checks found;
  for (const DoctorGpu& gpu : facts.gpus) {
    const std::vector<Reason> reasons = held_back(gpu);
    if (!gpu.is_system_display_device && !reasons.empty())
      found.push_back(trouble("gpu_in_use", status, describe(gpu), reasons, ""));
  }
  add_or_ok(checks, std::move(found), "gpu_in_use", "Dom0 shows nothing on any other GPU.");
}

void add_integrated_gpus(Checks& checks, const DoctorFacts& facts, const IommuReport& report,
                         CheckStatus status) {
  Checks found;
  for (const DoctorGpu& gpu : facts.gpus) {
    const std::vector<Reason> reasons = unfit(gpu, report);
    if (!reasons.empty())
      found.push_back(trouble("integrated_gpu", status, describe(gpu), reasons, ""));
  }
  const bool any = std::ranges::any_of(facts.gpus, &DoctorGpu::integrated);
  add_or_ok(checks, std::move(found), "integrated_gpu",
            any ? "The integrated GPU is one that QEMU can pass." : "There is no integrated GPU.");
}

/// pcistub_init of Linux drivers/xen/xen-pciback/pci_stub.c takes hidden devices as it loads, and
/// only those that no driver has yet; a parameter that it cannot read makes it fail to load.
void add_hidden_gpus(Checks& checks, const DoctorFacts& facts) {
  Checks found;
  for (const DoctorGpu& gpu : facts.gpus) {
    const std::string driver = excerpt(gpu.function.driver.value_or("pciback"));
    if (!gpu.hidden_on_running_command_line || driver == "pciback") continue;
    const std::string bdf = gpu.function.address.to_string();
    found.push_back(
        {"gpu_hidden", CheckStatus::warning,
         fmt::format("{} is hidden on dom0's command line, but the driver {} has it: pciback came "
                     "too late, or did not understand its parameter.",
                     describe(gpu), driver),
         fmt::format(
             "See `dmesg | grep pciback`, and write xen-pciback.hide=({0}) on dom0's "
             "command line. Where xen-pciback is a module, make it load before {1}: `softdep "
             "{1} pre: xen-pciback` in a file below /etc/modprobe.d, then `update-initramfs "
             "-u`, and reboot.",
             bdf, driver)});
  }
  add_or_ok(checks, std::move(found), "gpu_hidden",
            "No driver of dom0 has a GPU that is hidden on its command line.");
}

}  // namespace

void add_gpu_checks(Checks& checks, const DoctorFacts& facts, const IommuReport& report) {
  if (facts.gpus.empty()) {
    checks.push_back(
        {"gpus", CheckStatus::problem, "This host has no GPU.",
         "Put a graphics card in, or switch on the on-board one in the firmware setup."});
    return;
  }
  std::vector<std::string> all;
  for (const DoctorGpu& gpu : facts.gpus) all.push_back(describe(gpu));
  checks.push_back({"gpus", CheckStatus::ok,
                    fmt::format("This host has {} GPU{}: {}.", all.size(),
                                all.size() == 1 ? "" : "s", list_of(all)),
                    ""});
  const bool one_is_passable = std::ranges::any_of(
      facts.gpus, [&](const DoctorGpu& gpu) { return passable(gpu, facts, report); });
  const CheckStatus status = one_is_passable ? CheckStatus::warning : CheckStatus::problem;
  add_primary_card(checks, facts, status);
  add_gpus_in_use(checks, facts, status);
  add_integrated_gpus(checks, facts, report, status);
  if (facts.running_under_xen) add_hidden_gpus(checks, facts);
}

}  // namespace xenlaunch
