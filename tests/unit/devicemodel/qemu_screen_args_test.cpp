// What a person sees, hears and plugs in, on QEMU's command line.
#include "devicemodel/qemu_screen_args.h"

#include "devicemodel/qemu_usb_args.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Argv = std::vector<std::string>;

Argv screen_of(const DeviceModelSpec& spec) {
  Argv argv;
  add_screen(argv, spec);
  return argv;
}

Argv sound_of(const DeviceModelSpec& spec) {
  Argv argv;
  add_sound(argv, spec);
  return argv;
}

Argv usb_of(const UsbSpec& usb) {
  Argv argv;
  add_usb(argv, usb);
  return argv;
}

TEST_CASE("the screen is shown where the VM file says") {
  DeviceModelSpec spec;
  CHECK(screen_of(spec) == Argv{"-vnc", "none", "-display", "none"});
  spec.vnc = VncConfig{.listen = "127.0.0.1"};
  CHECK(screen_of(spec) == Argv{"-vnc", "127.0.0.1:0,to=99", "-display", "none"});
  spec.vnc = VncConfig{.listen = "::1", .port = 5901, .password_file = "/p", .keymap = "de"};
  CHECK(screen_of(spec) == Argv{"-vnc", "[::1]:1,password=on", "-display", "none", "-k", "de"});
  spec.vnc = VncConfig{.socket = "/run/a,b"};
  CHECK(screen_of(spec) == Argv{"-vnc", "unix:/run/a,,b", "-display", "none"});
}

TEST_CASE("SPICE wants a password, or is told that there is none") {
  DeviceModelSpec spec;
  spec.spice = SpiceConfig{.listen = "::1", .port = 5930};
  CHECK(screen_of(spec) == Argv{"-vnc", "none", "-display", "none", "-spice",
                                "port=5930,addr=::1,disable-ticketing=on"});
  spec.spice->password_file = "/p";
  CHECK(screen_of(spec) ==
        Argv{"-vnc", "none", "-display", "none", "-spice", "port=5930,addr=::1"});
}

TEST_CASE("a sound card has an audiodev: SPICE's, or one that plays nothing") {
  DeviceModelSpec spec;
  CHECK(sound_of(spec).empty());
  spec.sound = SoundCard::ac97;
  CHECK(sound_of(spec) ==
        Argv{"-audiodev", "none,id=audio0", "-device", "AC97,id=sound0,audiodev=audio0,addr=1e.0"});
  spec.sound = SoundCard::hda;
  spec.spice = SpiceConfig{.listen = "::1", .port = 5930};
  CHECK(sound_of(spec) == Argv{"-audiodev", "spice,id=audio0", "-device",
                               "intel-hda,id=sound0,addr=1e.0", "-device",
                               "hda-duplex,bus=sound0.0,audiodev=audio0"});
}

TEST_CASE("the USB controller comes before what hangs on it") {
  CHECK(usb_of({}).empty());
  CHECK(
      usb_of(
          {.controller = UsbController::xhci, .tablet = true, .devices = {{1, "2.3"}, {2, "1"}}}) ==
      Argv{"-device", "qemu-xhci,p2=15,p3=15,id=usb0,addr=05.0", "-device",
           "usb-tablet,id=tablet0,bus=usb0.0", "-device",
           "usb-host,id=usbhost0,bus=usb0.0,hostbus=1,hostport=2.3", "-device",
           "usb-host,id=usbhost1,bus=usb0.0,hostbus=2,hostport=1"});
  CHECK(usb_of({.controller = UsbController::ehci}) ==
        Argv{"-device", "usb-ehci,id=usb0,addr=05.0"});
  CHECK(usb_of({.controller = UsbController::uhci}) ==
        Argv{"-device", "piix3-usb-uhci,id=usb0,addr=05.0"});
}

}  // namespace
}  // namespace xenlaunch::test
