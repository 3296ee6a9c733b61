#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "launcher/checks/checks.h"
#include "launcher/checks/device_findings.h"
#include "launcher/checks/dom0_findings.h"

namespace xenlaunch {
namespace {

/// Those of the findings that `is_kind` takes and that keep the GPU from being passed.
template <typename IsKind>
std::vector<Finding> blocking(const Gpu& gpu, const DeviceFacts& facts, IsKind is_kind) {
  std::vector<Finding> findings = findings_of(gpu.function, facts);
  std::erase_if(findings, [&](const Finding& one) { return !blocks(one) || !is_kind(one); });
  return findings;
}

bool is_of_silence(const Finding& finding) {
  return finding.code == FindingCode::no_answer;
}

/// By dom0, or by what of dom0 lies behind it.
bool is_used(const Finding& finding) {
  return is_of_dom0(finding) || finding.code == FindingCode::dom0_lives_on_it;
}

/// The host's own troubles have checks of their own, and a VM that has it proves that it can be
/// passed.
bool is_of_gpu(const Finding& finding) {
  return finding.subject != "host" && finding.code != FindingCode::in_use_by_vm;
}

bool passable(const Gpu& gpu, const DoctorFacts& doctor, const DeviceFacts& facts) {
  const bool qemu_can = !gpu.integrated || doctor.qemu.has_igd_passthru != false;
  return blocking(gpu, facts, is_of_gpu).empty() && qemu_can;
}

/// The text begins with the GPU, and the remedies become sentences; `last` comes behind them.
Check trouble(const std::string& name, CheckStatus status, const std::string& gpu,
              const std::vector<Finding>& findings, const std::string& last) {
  Check check{name, status, gpu + " cannot be passed as things are: ", ""};
  bool make_another_primary = false;
  const char* separator = "";
  for (const Finding& finding : findings) {
    check.text += separator + finding.reason;
    separator = "; ";
    make_another_primary |= finding.code == FindingCode::vendor_not_listed;
    if (!check.remedy.empty()) check.remedy += ' ';
    check.remedy += capitalised(finding.remedy) + ".";
  }
  check.text += '.';
  // One of the remedies may be to make another card the primary one already.
  if (!last.empty() && !make_another_primary) check.remedy += " " + last;
  return check;
}

/// A VGA controller, where the firmware and Xen find it.
bool can_be_primary(const PciFunction& gpu) {
  return gpu.is_vga_controller() && gpu.answers &&
         gpu.address.segment <= PciAddress::last_segment_of_xen;
}

std::string another_primary(const Gpu& primary, const DeviceFacts& facts) {
  const Gpu* other = nullptr;
  for (const Gpu& gpu : facts.gpus)
    if (gpu.function.address != primary.function.address && can_be_primary(gpu.function) &&
        (other == nullptr || gpu.integrated))
      other = &gpu;
  if (other != nullptr)
    return fmt::format("Or make {}{} the primary card in the firmware setup.",
                       other->integrated ? "the on-board " : "",
                       other->function.address.to_string());
  return is_on_board(primary.function, facts.pci)
             ? "Or put another card in, and make that the primary one in the firmware setup."
             : "Or switch on the on-board card, if there is one, and make it the primary one in "
               "the firmware setup.";
}

void add_primary_card(Checks& checks, const DoctorFacts& doctor, const DeviceFacts& facts,
                      CheckStatus status) {
  const auto primary = std::ranges::find_if(doctor.devices.gpus, &Gpu::is_system_display_device);
  if (primary == doctor.devices.gpus.end()) {
    checks.push_back({"primary_card", CheckStatus::ok, "No GPU is the system display device.", ""});
    return;
  }
  const std::vector<Finding> findings = blocking(*primary, facts, is_used);
  const std::string text = "The primary card " + describe(*primary, doctor);
  if (findings.empty())
    checks.push_back({"primary_card", CheckStatus::ok,
                      text + " is used neither by dom0 nor by the host's console.", ""});
  else
    checks.push_back(
        trouble("primary_card", status, text, findings, another_primary(*primary, facts)));
}

/// What `is_kind` says of each of `gpus`, or that all is well.
template <typename IsKind>
void add_troubles(Checks& checks, const std::vector<Gpu>& gpus, const DoctorFacts& doctor,
                  const DeviceFacts& facts, IsKind is_kind, const Check& ok, CheckStatus status) {
  Checks found;
  for (const Gpu& gpu : gpus) {
    const std::vector<Finding> findings = blocking(gpu, facts, is_kind);
    if (!findings.empty())
      found.push_back(trouble(ok.name, status, describe(gpu, doctor), findings, ""));
  }
  add_or_ok(checks, std::move(found), ok.name, ok.text);
}

/// pcistub_init of Linux drivers/xen/xen-pciback/pci_stub.c takes hidden devices as it loads, and
/// only those that no driver has yet; a parameter that it cannot read makes it fail to load.
void add_hidden_gpus(Checks& checks, const DoctorFacts& doctor, const DeviceFacts& facts) {
  Checks found;
  for (const Gpu& gpu : doctor.devices.gpus) {
    const std::vector<Finding> findings = findings_of(gpu.function, facts);
    if (std::ranges::find(findings, FindingCode::hidden_but_bound, &Finding::code) ==
        findings.end())
      continue;
    const std::string driver = excerpt(gpu.function.driver.value_or(""));
    const std::string bdf = gpu.function.address.to_string();
    found.push_back(
        {"gpu_hidden", CheckStatus::warning,
         fmt::format("{} is hidden from dom0, but the driver {} has it: pciback came too late, or "
                     "did not understand its parameter.",
                     describe(gpu, doctor), driver),
         fmt::format(
             "See `dmesg | grep pciback`, and write xen-pciback.hide=({0}) on dom0's "
             "command line. Where xen-pciback is a module, make it load before {1}: `softdep "
             "{1} pre: xen-pciback` in a file below /etc/modprobe.d, then `update-initramfs "
             "-u`, and reboot.",
             bdf, driver)});
  }
  add_or_ok(checks, std::move(found), "gpu_hidden",
            "No driver of dom0 has a GPU that is hidden from it.");
}

}  // namespace

CheckStatus status_of_one(const DoctorFacts& doctor) {
  const DeviceFacts facts = device_facts(doctor);
  const bool one_is_passable =
      std::ranges::any_of(facts.gpus, [&](const Gpu& gpu) { return passable(gpu, doctor, facts); });
  return one_is_passable ? CheckStatus::warning : CheckStatus::problem;
}

void add_gpu_checks(Checks& checks, const DoctorFacts& doctor) {
  if (doctor.devices.gpus.empty()) {
    checks.push_back(
        {"gpus", CheckStatus::problem, "This host has no GPU.",
         "Put a graphics card in, or switch on the on-board one in the firmware setup."});
    return;
  }
  std::vector<std::string> all;
  for (const Gpu& gpu : doctor.devices.gpus) all.push_back(describe(gpu, doctor));
  checks.push_back({"gpus", CheckStatus::ok,
                    fmt::format("This host has {} GPU{}: {}.", all.size(),
                                all.size() == 1 ? "" : "s", list_of(all)),
                    ""});
  if (doctor.devices.garbled_hide)
    checks.push_back({"hide_parameter", CheckStatus::warning,
                      capitalised(reason_of(*doctor.devices.garbled_hide)) + ".",
                      capitalised(remedy_of(*doctor.devices.garbled_hide)) + "."});
  const DeviceFacts facts = device_facts(doctor);
  const CheckStatus status = status_of_one(doctor);
  std::vector<Gpu> others = doctor.devices.gpus;
  std::erase_if(others, [](const Gpu& gpu) { return gpu.is_system_display_device; });
  const bool any_integrated = std::ranges::any_of(doctor.devices.gpus, &Gpu::integrated);
  add_primary_card(checks, doctor, facts, status);
  add_troubles(checks, others, doctor, facts, is_used,
               {"gpu_in_use", {}, "Dom0 uses no other GPU.", ""}, status);
  add_troubles(checks, doctor.devices.gpus, doctor, facts, is_of_silence,
               {"gpu_answers", {}, "Every GPU answers.", ""}, status);
  add_troubles(checks, doctor.devices.gpus, doctor, facts, is_of_integrated_gpu,
               {"integrated_gpu",
                {},
                any_integrated ? "The integrated GPU is one that QEMU can pass."
                               : "There is no integrated GPU.",
                ""},
               status);
  if (doctor.running_under_xen) add_hidden_gpus(checks, doctor, facts);
}

}  // namespace xenlaunch
