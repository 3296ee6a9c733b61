#include "launcher/host/host_usb.h"

#include <charconv>
#include <optional>

#include "base/text.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

constexpr std::string_view hub_class = "09";

/// "1-2.3"; nullopt for a root hub ("usb1") and for an interface ("1-2.3:1.0").
std::optional<UsbPort> parse_name(const std::string& name) {
  unsigned bus = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, bus);
  if (error != std::errc{} || stop == end || *stop != '-') return std::nullopt;
  const std::string port{stop + 1, end};
  if (port.empty() || port.find_first_not_of("0123456789.") != std::string::npos)
    return std::nullopt;
  return UsbPort{bus, port};
}

}  // namespace

std::vector<HostUsbDevice> read_host_usb(const std::filesystem::path& root) {
  const std::filesystem::path folder = root / "sys/bus/usb/devices";
  std::vector<HostUsbDevice> devices;
  for (const std::string& name : names_in(folder)) {
    const std::optional<UsbPort> port = parse_name(name);
    const std::filesystem::path attributes = folder / name;
    const auto attribute = [&attributes](const char* which) {
      return read_text(attributes / which).value_or("");
    };
    if (!port) continue;
    const auto id = PciId::parse(attribute("idVendor") + ":" + attribute("idProduct"));
    if (!id) continue;
    devices.push_back({.port = *port,
                       .id = *id,
                       .name = excerpt(attribute("product"), 40),
                       .is_hub = attribute("bDeviceClass") == hub_class});
  }
  return devices;
}

}  // namespace xenlaunch
