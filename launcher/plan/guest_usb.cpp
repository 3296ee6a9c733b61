#include "launcher/plan/guest_usb.h"

#include <algorithm>

namespace xenlaunch {
namespace {

std::string text_of(const UsbDeviceConfig& device) {
  return device.id ? device.id->to_string() : device.port->to_string();
}

std::string text_of(const HostUsbDevice& device) {
  return device.port.to_string() + " (" + device.id.to_string() +
         (device.name.empty() ? "" : ", " + device.name) + ")";
}

bool is_meant(const UsbDeviceConfig& wanted, const HostUsbDevice& device) {
  return wanted.id ? device.id == *wanted.id : device.port == *wanted.port;
}

std::string list_of(const std::vector<HostUsbDevice>& devices) {
  std::string list;
  for (const HostUsbDevice& device : devices)
    if (!device.is_hub) list += (list.empty() ? "" : ", ") + text_of(device);
  return list;
}

Finding missing(const std::string& wanted, const std::vector<HostUsbDevice>& host) {
  const std::string list = list_of(host);
  return {FindingCode::usb_device_missing, wanted, "no such device is plugged in",
          list.empty() ? "this host has no USB devices" : "this host has " + list};
}

/// The one that is meant, or what is wrong.
std::optional<UsbPort> find(const UsbDeviceConfig& wanted, const std::vector<HostUsbDevice>& host,
                            std::vector<Finding>& findings) {
  std::vector<HostUsbDevice> found;
  std::ranges::copy_if(host, std::back_inserter(found),
                       [&wanted](const HostUsbDevice& device) { return is_meant(wanted, device); });
  const std::string text = text_of(wanted);
  if (found.empty())
    findings.push_back(missing(text, host));
  else if (found.size() > 1)
    findings.push_back({FindingCode::usb_device_ambiguous, text,
                        std::to_string(found.size()) + " such devices are plugged in",
                        "name the one by bus and port: " + list_of(found)});
  else if (found.front().is_hub)
    findings.push_back(
        {FindingCode::usb_hub, text, "it is a hub", "name the devices that are plugged in at it"});
  else
    return found.front().port;
  return std::nullopt;
}

}  // namespace

std::vector<UsbPort> find_usb_devices(const UsbConfig& usb, const std::vector<HostUsbDevice>& host,
                                      std::vector<Finding>& findings) {
  std::vector<UsbPort> ports;
  for (const UsbDeviceConfig& wanted : usb.devices) {
    const std::optional<UsbPort> port = find(wanted, host, findings);
    if (!port) continue;
    if (std::ranges::find(ports, *port) != ports.end())
      findings.push_back({FindingCode::usb_device_ambiguous, text_of(wanted),
                          "the VM file names this device twice, by its ids and by its port",
                          "remove one of the two"});
    ports.push_back(*port);
  }
  return ports;
}

UsbSpec plan_usb(const UsbConfig& usb, std::vector<UsbPort> devices, bool is_shown) {
  const bool may_have = usb.controller != UsbController::none;
  const bool tablet = usb.tablet.value_or(is_shown && may_have);
  const bool needs_one = tablet || !devices.empty();
  return {
      .controller = usb.controller.value_or(needs_one ? UsbController::xhci : UsbController::none),
      .tablet = tablet,
      .devices = std::move(devices)};
}

}  // namespace xenlaunch
