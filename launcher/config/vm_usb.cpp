#include "launcher/config/vm_usb.h"

#include <fmt/format.h>

#include <algorithm>

#include "devicemodel/qemu_usb_args.h"
#include "launcher/config/first_lines.h"
#include "launcher/config/vm_values.h"

namespace xenlaunch {
namespace {

/// "1", "2.3": no part is 0, none has more digits than Linux gives a port.
std::optional<std::string> read_port(const Field& field) {
  constexpr std::size_t most_hubs = 6, most_digits = 2;
  const std::string expectation = "ports as in '1' or '2.3'";
  std::optional<std::string> text = field.text(expectation);
  if (!text) return std::nullopt;
  std::size_t parts = 0;
  bool is_good = true;
  for (std::size_t at = 0; at <= text->size(); ++parts) {
    const std::size_t dot = std::min(text->find('.', at), text->size());
    const std::string part = text->substr(at, dot - at);
    is_good = is_good && !part.empty() && part.size() <= most_digits && part.front() != '0' &&
              part.find_first_not_of("0123456789") == std::string::npos;
    at = dot + 1;
  }
  if (is_good && parts <= most_hubs) return text;
  field.report(in_quotes(*text) + " is no port", expectation);
  return std::nullopt;
}

UsbDeviceConfig read_device(const Field& field) {
  UsbDeviceConfig device;
  if (!field.is_mapping()) {
    device.id = read_pci_id(field);
    return device;
  }
  const MappingReader mapping{field, {"bus", "port"}};
  UsbPort port;
  read_into(port.bus, mapping.require("bus", "an integer from 1 to 127"),
            [](const Field& value) { return value.integer(1, 127); });
  read_into(port.port, mapping.require("port", "ports as in '1' or '2.3'"), read_port);
  device.port = port;
  return device;
}

std::vector<UsbDeviceConfig> read_devices(const Field& field) {
  std::vector<UsbDeviceConfig> devices;
  const auto items = field.list("a list of USB devices");
  if (!items) return devices;
  FirstLines<UsbDeviceConfig> first_lines;
  for (const Field& item : *items) {
    const UsbDeviceConfig device = read_device(item);
    first_lines.check(device, "the device", item, "each device once");
    devices.push_back(device);
  }
  return devices;
}

}  // namespace

UsbConfig read_usb(const Field& field) {
  UsbConfig usb;
  const MappingReader mapping{field, {"controller", "tablet", "devices"}};
  const std::optional<Field> tablet = mapping.find("tablet");
  const std::optional<Field> devices = mapping.find("devices");
  read_into(usb.controller, mapping.find("controller"), [](const Field& value) {
    return value.choice<UsbController>({{"xhci", UsbController::xhci},
                                        {"ehci", UsbController::ehci},
                                        {"uhci", UsbController::uhci},
                                        {"none", UsbController::none}});
  });
  read_into(usb.tablet, tablet, [](const Field& value) { return value.boolean(); });
  if (devices) usb.devices = read_devices(*devices);
  if (usb.controller == UsbController::none && usb.tablet == true)
    tablet->report("needs a controller", "another controller than none");
  if (usb.controller == UsbController::none && !usb.devices.empty())
    devices->report("needs a controller", "another controller than none");
  if (usb.controller == UsbController::none) return usb;
  const unsigned ports = usb_ports(usb.controller.value_or(UsbController::xhci));
  const std::size_t asked_for = usb.devices.size() + (usb.tablet.value_or(false) ? 1 : 0);
  if (asked_for > ports)
    (devices && !usb.devices.empty() ? devices : tablet)
        ->report(fmt::format("{} devices are too many for this controller", asked_for),
                 fmt::format("at most {}", ports));
  return usb;
}

}  // namespace xenlaunch
