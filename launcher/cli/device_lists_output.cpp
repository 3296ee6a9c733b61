#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "launcher/checks/device_findings.h"
#include "launcher/cli/finding_json.h"
#include "launcher/cli/output.h"

namespace xenlaunch {
namespace {

using json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Text from sysfs and xenstore as it may go to a terminal.
std::string shown(const std::string& text) {
  return excerpt(text, 100);
}

std::string reset_text(const PciFunction& function) {
  if (function.reset_methods.empty()) return "no reset";
  if (function.reset_methods == std::vector<std::string>{unnamed_reset}) return "by unknown means";
  return shown(joined(function.reset_methods));
}

json owner_json(const std::optional<DeviceOwner>& owner) {
  if (!owner) return nullptr;
  return {{"domid", owner->domid}, {"name", owner->name}};
}

json name_json(const std::string& name) {
  return name.empty() ? json(nullptr) : json(name);
}

/// What keeps a GPU from being passed now, as sentences.
std::vector<std::string> why_not(const std::vector<Finding>& findings) {
  std::vector<std::string> sentences;
  for (const Finding& finding : findings)
    if (blocks(finding)) sentences.push_back(as_sentence(finding));
  return sentences;
}

std::string format_gpu(const GpuEntry& entry) {
  const Gpu& gpu = entry.gpu;
  const PciFunction& function = gpu.function;
  std::string text = fmt::format("{}  {} {}  [{}] class {}\n", function.address.to_string(),
                                 entry.names.vendor.empty() ? "unknown vendor" : entry.names.vendor,
                                 entry.names.device.empty() ? "unknown device" : entry.names.device,
                                 function.id.to_string(), function.class_text());
  text += fmt::format("    driver {}, {}{}{}\n", shown(function.driver.value_or("none")),
                      function.reset_methods.empty() ? "no reset" : "reset " + reset_text(function),
                      gpu.integrated ? ", integrated" : "",
                      gpu.is_system_display_device ? ", system display device" : "");
  const std::vector<std::string> reasons = why_not(entry.findings);
  text += fmt::format("    dom0_access {}, {}\n", to_string(gpu.dom0_access),
                      entry.owner       ? "passed to " + shown(to_string(*entry.owner))
                      : reasons.empty() ? "passthrough"
                                        : "cannot be passed");
  for (const std::string& reason : reasons) text += "    - " + reason + "\n";
  for (const Finding& finding : entry.findings)
    if (finding.code == FindingCode::unreset) text += "    - " + as_sentence(finding) + "\n";
  return text;
}

json gpu_json(const GpuEntry& entry) {
  const Gpu& gpu = entry.gpu;
  json document = pci_json(gpu.function, gpu.integrated);
  document["vendor_name"] = name_json(entry.names.vendor);
  document["device_name"] = name_json(entry.names.device);
  document["is_system_display_device"] = gpu.is_system_display_device;
  document["dom0_access"] = to_string(gpu.dom0_access);
  document["supported_vgpu_types"] = supported_vgpu_types(entry.findings);
  document["why_not"] = why_not(entry.findings);
  document["findings"] = findings_json(entry.findings);
  document["reset_methods"] = gpu.function.reset_methods;
  document["owner"] = owner_json(entry.owner);
  document["free"] = entry.free ? json(*entry.free) : json(nullptr);
  return document;
}

}  // namespace

std::string format_pci_list(const HostPci& host, const DeviceOwners& owners,
                            const UnresetDevices& unreset) {
  std::string text;
  for (const PciFunction& function : host.functions) {
    const std::optional<DeviceOwner> owner = owner_of(function, owners);
    const auto since = unreset.find(function.address);
    text += fmt::format(
        "{}  {}  {}  {:<16}  {}{}{}\n", function.address.to_string(), function.id.to_string(),
        function.class_text(), shown(function.driver.value_or("-")), reset_text(function),
        owner ? "  " + shown(to_string(*owner)) : "",
        since != unreset.end() && !owner ? "  not reset since " + shown(since->second) + " had it"
                                         : "");
  }
  return text;
}

std::string format_pci_list_json(const HostPci& host,
                                 const std::vector<std::uint16_t>& integrated_vendors,
                                 const DeviceOwners& owners, const UnresetDevices& unreset) {
  json document = json::array();
  for (const PciFunction& function : host.functions) {
    json entry = pci_json(function, is_integrated_gpu(function, integrated_vendors));
    entry["reset_methods"] = function.reset_methods;
    const std::optional<DeviceOwner> owner = owner_of(function, owners);
    const auto since = unreset.find(function.address);
    entry["owner"] = owner_json(owner);
    entry["unreset_since"] = since != unreset.end() && !owner ? json(since->second) : json(nullptr);
    document.push_back(entry);
  }
  return json_text(document);
}

std::string format_gpu_list(const std::vector<GpuEntry>& entries) {
  std::string text;
  for (const GpuEntry& entry : entries) text += format_gpu(entry);
  return text.empty() ? "no GPU\n" : text;
}

std::string format_gpu_list_json(const std::vector<GpuEntry>& entries) {
  json document = json::array();
  for (const GpuEntry& entry : entries) document.push_back(gpu_json(entry));
  return json_text(document);
}

}  // namespace xenlaunch
