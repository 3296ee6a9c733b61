// vnc, spice, sound and usb of a VM file.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/config/vm_file_text.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("where and how the screen is shown is read") {
  CHECK((parse_line("vnc: {listen: '::1', port: 5901, password_file: /p, keymap: de-ch}").vnc ==
         VncConfig{.listen = "::1", .port = 5901, .password_file = "/p", .keymap = "de-ch"}));
  CHECK((parse_line("vnc: {listen: '::', without_password: true}").vnc ==
         VncConfig{.listen = "::", .without_password = true}));
  CHECK((parse_line("vnc: {}").vnc == VncConfig{.listen = "127.0.0.1"}));
  CHECK((parse_line("vnc: {socket: /run/vnc}").vnc == VncConfig{.socket = "/run/vnc"}));
  const VmConfig vm = parse_line("spice: {listen: 127.0.0.1, port: 5930}\nsound: ac97");
  CHECK((vm.spice == SpiceConfig{.listen = "127.0.0.1", .port = 5930}));
  CHECK(vm.sound == SoundCard::ac97);
}

TEST_CASE("usb is read") {
  CHECK((parse_line("usb: {controller: ehci, tablet: false, devices: ['046D:c52b', {bus: 1, port: "
                    "'2.3'}]}")
             .usb ==
         UsbConfig{.controller = UsbController::ehci,
                   .tablet = false,
                   .devices = {{.id = PciId{0x046d, 0xc52b}}, {.port = UsbPort{1, "2.3"}}}}));
  CHECK((parse_line("usb: {}").usb == UsbConfig{}));
}

TEST_CASE("what is wrong with them is said where it stands") {
  const std::string ports = "; expected ports as in '1' or '2.3'";
  const std::string keymaps = "; expected one of QEMU's keymaps, such as de or en-us";
  const std::vector<std::pair<std::string, std::string>> table{
      {"vnc: {listen: '::', socket: /s}",
       "3:15: vnc.listen: is of no use beside socket; expected one of them"},
      {"vnc: {listen: '::', port: 5899}",
       "3:27: vnc.port: '5899' is out of range; expected an integer from 5900 to 65535"},
      {"vnc: {listen: '::', keymap: ../x}",
       "3:29: vnc.keymap: '../x' is no name of a keymap" + keymaps},
      {"vnc: {listen: '::', keymap: -k}",
       "3:29: vnc.keymap: '-k' is no name of a keymap" + keymaps},
      {"vnc: {socket: /" + std::string(107, 's') + "}",
       "3:15: vnc.socket: the socket's path is 108 bytes long; expected at most 107 bytes"},
      {"spice: {listen: '::'}", "3:8: spice.port: is missing; expected a number from 1 to 65535"},
      {"sound: sb16", "3:8: sound: unknown value 'sb16'; expected hda or ac97"},
      {"usb: {devices: ['46d:c52b']}",
       "3:17: usb.devices[0]: '46d:c52b' is not a vendor and device id; expected VVVV:DDDD"},
      {"usb: {devices: [{bus: 1, port: '2.'}]}",
       "3:32: usb.devices[0].port: '2.' is no port" + ports},
      {"usb: {devices: [{bus: 1, port: '0'}]}",
       "3:32: usb.devices[0].port: '0' is no port" + ports},
      {"usb: {devices: [{bus: 1, port: 1.2.3.4.5.6.7}]}",
       "3:32: usb.devices[0].port: '1.2.3.4.5.6.7' is no port" + ports},
      {"usb: {devices: ['046d:c52b', '046D:C52B']}",
       "3:30: usb.devices[1]: the device is given twice, first at line 3; expected each device "
       "once"},
      {"usb: {controller: uhci, tablet: true, devices: ['1:2', '0001:0002', '0003:0004']}",
       "3:48: usb.devices: 4 devices are too many for this controller; expected at most 2\n"
       "vm.yaml:3:49: usb.devices[0]: '1:2' is not a vendor and device id; expected VVVV:DDDD"},
      {"usb: {controller: none, tablet: true}",
       "3:33: usb.tablet: needs a controller; expected another controller than none"}};
  for (const auto& [line, problem] : table) {
    CAPTURE(line);
    CHECK(problems_of_line(line) == problem);
  }
}

}  // namespace
}  // namespace xenlaunch::test
