#include "launcher/plan/guest_usb.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Findings = std::vector<Finding>;

const HostUsbDevice hub{.port = {1, "2"}, .id = {0x05e3, 0x0608}, .name = "Hub", .is_hub = true};
const HostUsbDevice stick{.port = {1, "2.3"}, .id = {0x0951, 0x1666}, .name = "Stick"};
const HostUsbDevice mouse{.port = {1, "4"}, .id = {0x046d, 0xc52b}};
const HostUsbDevice other_mouse{.port = {2, "1"}, .id = {0x046d, 0xc52b}};
const std::vector<HostUsbDevice> host{hub, stick, mouse, other_mouse};

struct Found {
  std::vector<UsbPort> ports;
  Findings findings;
};

Found find(std::vector<UsbDeviceConfig> devices) {
  Found found;
  found.ports = find_usb_devices({.devices = std::move(devices)}, host, found.findings);
  return found;
}

TEST_CASE("a USB device is found by its ids or by its port") {
  const Found found = find({{.port = mouse.port}, {.id = stick.id}});
  CHECK((found.ports == std::vector{mouse.port, stick.port}));
  CHECK(found.findings == Findings{});
}

TEST_CASE("a USB device that is absent, ambiguous, a hub or named twice is told of, all at once") {
  const Found found = find({{.id = PciId{1, 2}},
                            {.id = mouse.id},
                            {.port = hub.port},
                            {.id = stick.id},
                            {.port = stick.port}});
  CHECK(found.findings ==
        Findings{{FindingCode::usb_device_missing, "0001:0002", "no such device is plugged in",
                  "this host has 1-2.3 (0951:1666, Stick), 1-4 (046d:c52b), 2-1 (046d:c52b)"},
                 {FindingCode::usb_device_ambiguous, "046d:c52b", "2 such devices are plugged in",
                  "name the one by bus and port: 1-4 (046d:c52b), 2-1 (046d:c52b)"},
                 {FindingCode::usb_hub, "1-2", "it is a hub",
                  "name the devices that are plugged in at it"},
                 {FindingCode::usb_device_ambiguous, "1-2.3",
                  "the VM file names this device twice, by its ids and by its port",
                  "remove one of the two"}});
}

TEST_CASE("a shown guest has a tablet, and a controller is there where something needs one") {
  CHECK((plan_usb({}, {}, false) == UsbSpec{}));
  CHECK((plan_usb({}, {}, true) == UsbSpec{.controller = UsbController::xhci, .tablet = true}));
  CHECK((plan_usb({.controller = UsbController::none}, {}, true) == UsbSpec{}));
  CHECK((plan_usb({.controller = UsbController::ehci, .tablet = false}, {}, true) ==
         UsbSpec{.controller = UsbController::ehci}));
  CHECK((plan_usb({}, {stick.port}, false) ==
         UsbSpec{.controller = UsbController::xhci, .devices = {stick.port}}));
}

TEST_CASE("a plan refuses what is wrong with PCI and USB devices together") {
  VmConfig vm = vm_with({igd()});
  vm.usb.devices = {{.id = PciId{1, 2}}};
  CHECK(error_of([&vm] { resolve(vm, {}, settings()); }) ==
        "4: cannot pass 0000:00:02.0: there is no such device; this host has no PCI devices at "
        "all\ncannot pass USB device 0001:0002: no such device is plugged in; this host has no USB "
        "devices");
}

}  // namespace
}  // namespace xenlaunch::test
