#include <fmt/format.h>

#include "launcher/checks/checks.h"
#include "launcher/checks/device_findings.h"

namespace xenlaunch {
namespace {

/// A check for each finding of this code about a GPU, or one that says that all is well. What
/// blocks is as bad as `where_blocked`.
void add_findings(Checks& checks, const DoctorFacts& doctor, const DeviceFacts& facts,
                  FindingCode code, const Check& ok, CheckStatus where_blocked) {
  Checks found;
  for (const Gpu& gpu : doctor.devices.gpus)
    for (const Finding& finding : findings_of(gpu.function, facts))
      if (finding.code == code)
        found.push_back({ok.name, blocks(finding) ? where_blocked : CheckStatus::warning,
                         fmt::format("{}: {}.", describe(gpu, doctor), finding.reason),
                         capitalised(finding.remedy) + "."});
  add_or_ok(checks, std::move(found), ok.name, ok.text);
}

/// Of all devices: what dom0 lacks is told whatever it is.
void add_unreset(Checks& checks, const DoctorFacts& doctor) {
  Checks found;
  for (const auto& [device, vm] : doctor.devices.unreset) {
    if (doctor.devices.owners.contains(device)) continue;
    const Finding finding = unreset_finding(device, vm, Severity::warns);
    found.push_back({"unreset_devices", CheckStatus::warning,
                     fmt::format("{}: {}.", finding.subject, finding.reason),
                     capitalised(finding.remedy) + "."});
  }
  add_or_ok(checks, std::move(found), "unreset_devices",
            "No device is kept from dom0 since it was not reset after a guest.");
}

}  // namespace

void add_gpu_neighbour_checks(Checks& checks, const DoctorFacts& doctor) {
  const DeviceFacts facts = device_facts(doctor);
  const CheckStatus where_blocked = status_of_one(doctor);
  const auto add = [&](FindingCode code, const std::string& name, const std::string& ok_text) {
    add_findings(checks, doctor, facts, code, {name, CheckStatus::ok, ok_text, ""}, where_blocked);
  };
  add(FindingCode::no_reset, "gpu_reset", "Every GPU can be reset between two guests.");
  add_unreset(checks, doctor);
  add(FindingCode::shares_device, "gpu_functions", "No GPU has companions on its device.");
  add(FindingCode::shares_reserved_memory, "shared_memory_regions",
      "No GPU shares reserved memory with another device.");
  add(FindingCode::virtual_functions_in_use, "gpu_virtual_functions",
      "No GPU has virtual functions that are in use.");
  add(FindingCode::segment_beyond_xen, "gpu_segment", "Xen has an address for every GPU.");
}

}  // namespace xenlaunch
