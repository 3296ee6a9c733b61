#include "launcher/plan/chosen_devices.h"

#include <charconv>
#include <sstream>
#include <utility>
#include <vector>

namespace xenlaunch {

VmConfig with_chosen(VmConfig vm, const ChosenDevices& chosen) {
  std::vector<PciDeviceConfig> devices;
  for (std::size_t i = 0; i < vm.pci.size(); ++i) {
    const auto found = chosen.find(i);
    if (found == chosen.end()) continue;
    devices.push_back(std::move(vm.pci[i]));
    devices.back().address = found->second;
    devices.back().select.reset();
  }
  vm.pci = std::move(devices);
  return vm;
}

std::string format_chosen(const ChosenDevices& chosen) {
  std::string text;
  for (const auto& [index, device] : chosen)
    text += std::to_string(index) + " " + device.to_string() + "\n";
  return text;
}

std::optional<ChosenDevices> parse_chosen(std::string_view text) {
  ChosenDevices chosen;
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);) {
    std::size_t index = 0;
    const char* const last = line.data() + line.size();
    const auto [end, error] = std::from_chars(line.data(), last, index);
    if (error != std::errc{} || end == last || *end != ' ') return std::nullopt;
    const auto device = PciAddress::parse({end + 1, last});
    if (device)
      chosen.emplace(index, *device);
    else
      return std::nullopt;
  }
  // Each as it would be written: nothing twice, no other spelling, no line cut off.
  return format_chosen(chosen) == text ? std::optional{chosen} : std::nullopt;
}

}  // namespace xenlaunch
