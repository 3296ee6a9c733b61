#include "launcher/gpu/firmware_framebuffer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <sstream>

#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// The device that Linux makes of what the firmware tells, and how its drivers' names begin.
struct Kind {
  std::string_view device;
  std::string_view driver;
};
constexpr std::array kinds{Kind{"efi-framebuffer", "efi"}, Kind{"vesa-framebuffer", "vesa"},
                           Kind{"simple-framebuffer", "simple"}};

/// As the drivers and drivers/firmware/sysfb_simplefb.c name the memory.
constexpr std::array<std::string_view, 7> memory_names{"efifb",   "vesafb",    "simplefb", "efidrm",
                                                       "vesadrm", "simpledrm", "BOOTFB"};

std::optional<Kind> kind_of(std::string_view device) {
  const auto found = std::ranges::find_if(kinds, [device](const Kind& kind) {
    return device.starts_with(kind.device) &&
           (device.size() == kind.device.size() || device[kind.device.size()] == '.');
  });
  return found == kinds.end() ? std::nullopt : std::optional{*found};
}

/// The first entry of a folder whose name begins with `start`; "" where there is none.
std::string entry_of(const fs::path& folder, std::string_view start) {
  std::vector<std::string> names = names_in(folder);
  std::erase_if(names, [start](const std::string& name) { return !name.starts_with(start); });
  return names.empty() ? "" : *std::ranges::min_element(names);
}

/// What a driver has made of the device `name` in `folder`; nullopt where none has it.
std::optional<FirmwareFramebuffer> framebuffer_of(const fs::path& folder, const std::string& name) {
  const std::optional<Kind> kind = kind_of(name);
  if (!kind) return std::nullopt;
  if (const std::string card = entry_of(folder / name / "drm", "card"); !card.empty())
    return FirmwareFramebuffer{std::string{kind->driver} + "drm", card};
  if (const std::string fb = entry_of(folder / name / "graphics", "fb"); !fb.empty())
    return FirmwareFramebuffer{std::string{kind->driver} + "fb", fb};
  return std::nullopt;
}

std::optional<FirmwareFramebuffer> framebuffer_in(const fs::path& folder) {
  for (const std::string& name : subfolders_in(folder))
    if (const auto found = framebuffer_of(folder, name)) return found;
  return std::nullopt;
}

bool lies_in(std::uint64_t address, const GpuMemory& gpu) {
  return std::ranges::any_of(gpu.resources, [address](const PciResource& region) {
    return region.size != 0 && !region.is_io() && address >= region.start &&
           address - region.start < region.size;
  });
}

/// The GPU that a platform device's memory is of.
std::optional<PciAddress> owner_of_memory(const std::optional<std::uint64_t>& memory,
                                          const std::vector<GpuMemory>& gpus,
                                          const std::optional<PciAddress>& otherwise) {
  if (!memory || *memory == 0) return otherwise;
  const auto owner =
      std::ranges::find_if(gpus, [&memory](const GpuMemory& gpu) { return lies_in(*memory, gpu); });
  return owner == gpus.end() ? std::nullopt : std::optional{owner->address};
}

}  // namespace

bool is_firmware_framebuffer_device(std::string_view name) {
  return kind_of(name).has_value();
}

std::string framebuffer_driver(const std::map<PciAddress, FirmwareFramebuffer>& framebuffers) {
  return framebuffers.empty() ? "" : framebuffers.begin()->second.driver;
}

std::optional<std::uint64_t> firmware_framebuffer_memory(std::string_view iomem) {
  std::istringstream lines{std::string{iomem}};
  for (std::string text; std::getline(lines, text);) {
    const std::string_view line = text;
    const std::size_t colon = line.find(" : ");
    if (colon == std::string_view::npos ||
        std::ranges::find(memory_names, line.substr(colon + 3)) == memory_names.end())
      continue;
    const std::string_view range = line.substr(std::min(line.find_first_not_of(' '), colon));
    std::uint64_t first = 0;
    const auto [stop, error] =
        std::from_chars(range.data(), range.data() + range.size(), first, 16);
    if (error == std::errc{} && *stop == '-') return first;
  }
  return std::nullopt;
}

std::map<PciAddress, FirmwareFramebuffer> read_firmware_framebuffers(
    const fs::path& root, const std::vector<GpuMemory>& gpus,
    const std::optional<PciAddress>& system_display_device) {
  std::map<PciAddress, FirmwareFramebuffer> all;
  for (const GpuMemory& gpu : gpus)
    if (const auto found = framebuffer_in(root / "sys/bus/pci/devices" / gpu.address.to_string()))
      all.emplace(gpu.address, *found);
  if (!all.empty()) return all;
  const auto platform = framebuffer_in(root / "sys/devices/platform");
  if (!platform) return all;
  const std::string iomem = read_if_readable(root / "proc/iomem").value_or("");
  const auto owner =
      owner_of_memory(firmware_framebuffer_memory(iomem), gpus, system_display_device);
  if (owner) all.emplace(*owner, *platform);
  return all;
}

}  // namespace xenlaunch
