#include "devicemodel/qemu_screen_args.h"

#include <fmt/format.h>

#include "devicemodel/qemu_args.h"

namespace xenlaunch {
namespace {

std::string bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

/// "127.0.0.1:0,to=99": display 0, from which QEMU counts up to the first free one.
std::string vnc_option(const VncConfig& vnc) {
  std::string option;
  if (vnc.socket)
    option = "unix:" + qemu_value(*vnc.socket);
  else if (vnc.port)
    option = fmt::format("{}:{}", bracketed(vnc.listen), *vnc.port - first_vnc_port);
  else
    option = bracketed(vnc.listen) + ":0,to=99";
  return vnc.password_file ? option + ",password=on" : option;
}

std::string spice_option(const SpiceConfig& spice) {
  return fmt::format("port={},addr={}{}", spice.port, spice.listen,
                     spice.password_file ? "" : ",disable-ticketing=on");
}

}  // namespace

void add_screen(std::vector<std::string>& argv, const DeviceModelSpec& spec) {
  argv.insert(argv.end(), {"-vnc", spec.vnc ? vnc_option(*spec.vnc) : "none", "-display", "none"});
  if (spec.spice) argv.insert(argv.end(), {"-spice", spice_option(*spec.spice)});
  if (spec.vnc && spec.vnc->keymap) argv.insert(argv.end(), {"-k", *spec.vnc->keymap});
}

void add_sound(std::vector<std::string>& argv, const DeviceModelSpec& spec) {
  if (!spec.sound) return;
  argv.insert(argv.end(),
              {"-audiodev", fmt::format("{},id=audio0", spec.spice ? "spice" : "none")});
  if (*spec.sound == SoundCard::ac97) {
    argv.insert(argv.end(), {"-device", fmt::format("AC97,id=sound0,audiodev=audio0,addr={:02x}.0",
                                                    sound_slot)});
    return;
  }
  argv.insert(argv.end(), {"-device", fmt::format("intel-hda,id=sound0,addr={:02x}.0", sound_slot),
                           "-device", "hda-duplex,bus=sound0.0,audiodev=audio0"});
}

}  // namespace xenlaunch
