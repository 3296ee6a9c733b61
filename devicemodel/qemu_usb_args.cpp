#include "devicemodel/qemu_usb_args.h"

#include <fmt/format.h>

namespace xenlaunch {
namespace {

constexpr unsigned xhci_ports = 15;  // MAXPORTS_2 of hw/usb/hcd-xhci.h

std::string controller_option(UsbController controller) {
  switch (controller) {
    case UsbController::uhci:
      return "piix3-usb-uhci";
    case UsbController::ehci:
      return "usb-ehci";
    case UsbController::xhci:
      return fmt::format("qemu-xhci,p2={0},p3={0}", xhci_ports);
    case UsbController::none:
      break;
  }
  return {};
}

}  // namespace

unsigned usb_ports(UsbController controller) {
  switch (controller) {
    case UsbController::uhci:
      return 2;
    case UsbController::ehci:
      return 6;
    case UsbController::xhci:
      return xhci_ports;
    case UsbController::none:
      break;
  }
  return 0;
}

void add_usb(std::vector<std::string>& argv, const UsbSpec& usb) {
  if (usb.controller == UsbController::none) return;
  const auto add = [&argv](std::string device) {
    argv.insert(argv.end(), {"-device", std::move(device)});
  };
  add(controller_option(usb.controller) + ",id=usb0,addr=05.0");
  if (usb.tablet) add("usb-tablet,id=tablet0,bus=usb0.0");
  for (std::size_t i = 0; i < usb.devices.size(); ++i)
    add(fmt::format("usb-host,id=usbhost{},bus=usb0.0,hostbus={},hostport={}", i,
                    usb.devices[i].bus, usb.devices[i].port));
}

}  // namespace xenlaunch
