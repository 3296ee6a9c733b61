#include "devicemodel/qemu_abilities.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "devicemodel/qemu_args.h"

namespace xenlaunch {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '+';
}

/// The name that `text` begins with; "" where it begins with none.
std::string name_at(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_name_character);
  return {text.begin(), end};
}

std::string name_behind(std::string_view line, std::string_view mark) {
  const std::size_t at = line.find(mark);
  return at == std::string_view::npos ? "" : name_at(line.substr(at + mark.size()));
}

QemuHelp parse_help(std::string_view output) {
  constexpr std::string_view audio = "-audiodev ";
  QemuHelp help;
  bool is_run_with = false;  // QEMU 11 tells of its values in a second line
  std::istringstream lines{std::string{output}};
  for (std::string line; std::getline(lines, line);) {
    if (help.version.empty() && line.starts_with("QEMU emulator "))
      help.version = name_behind(line, "version ");
    if (line.starts_with('-')) is_run_with = line.starts_with("-run-with ");
    if (is_run_with)
      for (const char* value : {"chroot", "user"})
        if (line.find(value + std::string{"="}) != std::string::npos)
          help.options.insert(std::string{"run-with "} + value);
    if (!line.starts_with('-')) continue;
    if (const std::string option = name_at(line.substr(1)); !option.empty())
      help.options.insert(option);
    if (!line.starts_with(audio)) continue;
    const std::string driver = name_at(line.substr(audio.size()));
    if (!driver.empty() && line.substr(audio.size() + driver.size()).starts_with(','))
      help.audio_drivers.insert(driver);
  }
  return help;
}

/// name "e1000", bus PCI, alias "e1000-82540em", desc "…"
std::set<std::string> parse_devices(std::string_view output) {
  std::set<std::string> devices;
  std::istringstream lines{std::string{output}};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("name \"")) continue;
    for (const char* mark : {"name \"", ", alias \""})
      if (const std::string name = name_behind(line, mark); !name.empty()) devices.insert(name);
  }
  return devices;
}

struct GuestPart {
  std::string_view name;  ///< in QEMU's command line
  std::string_view what;
  std::string_view key;
};

constexpr std::array<GuestPart, 25> guest_parts{{
    {"xen-pci-passthrough", "PCI devices", "pci"},
    {"VGA", "a Standard VGA card", "platform.vga"},
    {"cirrus-vga", "a Cirrus card", "platform.vga"},
    {"ide-hd", "IDE and AHCI disks", "disks"},
    {"ide-cd", "CD-ROM drives", "disks"},
    {"ich9-ahci", "AHCI disks", "disks"},
    {"nvme", "NVMe disks", "disks"},
    {"rtl8139", "a network card rtl8139", "nics"},
    {"e1000", "a network card e1000", "nics"},
    {"e1000e", "a network card e1000e", "nics"},
    {"virtio-net-pci", "a network card virtio", "nics"},
    {"piix3-usb-uhci", "a USB controller uhci", "usb.controller"},
    {"usb-ehci", "a USB controller ehci", "usb.controller"},
    {"qemu-xhci", "a USB controller xhci", "usb.controller"},
    {"usb-tablet", "a USB tablet", "usb.tablet"},
    {"usb-host", "USB devices of the host", "usb.devices"},
    {"AC97", "a sound card ac97", "sound"},
    {"intel-hda", "a sound card hda", "sound"},
    {"hda-duplex", "a sound card hda", "sound"},
    {"spice", "a screen over SPICE", "spice"},
    {"vnc", "a screen over VNC", "vnc"},
    {"audiodev", "a sound card", "sound"},
    {"none", "a sound card that nobody hears", "sound"},
    {"igd-passthru", "an integrated GPU as its card", "pci"},
    {"password", "a screen over VNC with a password", "vnc.password_file"},
}};

constexpr std::string_view no_socket = "/proc/no-folder/vnc";

/// What is in none of them no VM file can ask for by itself.
QemuNeed need_of(QemuNeed::Kind kind, std::string_view name) {
  QemuNeed need{kind, std::string{name}, "a " + std::string{name}, "it"};
  for (const GuestPart& part : guest_parts) {
    if (part.name != name) continue;
    need.what = part.what;
    need.key = part.key;
  }
  if (kind == QemuNeed::Kind::audio_driver && name == "spice") {
    need.what = "sound over SPICE";
    need.key = "sound";
  }
  return need;
}

}  // namespace

std::vector<std::string> arguments_of(QemuQuestion question) {
  switch (question) {
    case QemuQuestion::help:
      return {"-help"};
    case QemuQuestion::devices:
      return {"-device", "help"};
    case QemuQuestion::igd_passthru:
      // Refused in any case, before QEMU looks for Xen: as a value that is none where it knows the
      // property.
      return {"-machine", "xenfv,igd-passthru=probe"};
    case QemuQuestion::vnc_password:
      break;
  }
  // Refused in any case: QEMU looks for DES before it makes the socket (vnc_display_open in
  // ui/vnc.c), which has no folder.
  return {"-accel",
          "qtest",
          "-machine",
          "none",
          "-nodefaults",
          "-vnc",
          "unix:" + std::string{no_socket} + ",password=on"};
}

int status_of(QemuQuestion question) {
  const bool is_refused =
      question == QemuQuestion::igd_passthru || question == QemuQuestion::vnc_password;
  return is_refused ? 1 : 0;
}

bool is_answered(const QemuAbilities& qemu, QemuQuestion question) {
  switch (question) {
    case QemuQuestion::help:
      return qemu.help.has_value();
    case QemuQuestion::devices:
      return qemu.devices.has_value();
    case QemuQuestion::igd_passthru:
      return qemu.igd_passthru.has_value();
    case QemuQuestion::vnc_password:
      break;
  }
  return qemu.vnc_password.has_value();
}

void take_answer(QemuAbilities& qemu, QemuQuestion question, std::string_view output,
                 std::string_view errors) {
  switch (question) {
    case QemuQuestion::help:
      qemu.help = parse_help(output);
      return;
    case QemuQuestion::devices:
      qemu.devices = parse_devices(output);
      return;
    case QemuQuestion::igd_passthru:
      qemu.igd_passthru = errors.find("igd-passthru") != std::string_view::npos &&
                          errors.find("not found") == std::string_view::npos;
      return;
    case QemuQuestion::vnc_password:
      if (errors.find("DES") != std::string_view::npos)
        qemu.vnc_password = false;
      else if (errors.find(no_socket) != std::string_view::npos)
        qemu.vnc_password = true;
      return;
  }
}

QemuQuestion QemuNeed::question() const {
  switch (kind) {
    case Kind::device:
      return QemuQuestion::devices;
    case Kind::option:
    case Kind::audio_driver:
      return QemuQuestion::help;
    case Kind::igd_passthru:
      return QemuQuestion::igd_passthru;
    case Kind::vnc_password:
      break;
  }
  return QemuQuestion::vnc_password;
}

std::string QemuNeed::lack() const {
  switch (kind) {
    case Kind::device:
      return "has no device " + name;
    case Kind::option:
      return "does not know -" + name;
    case Kind::audio_driver:
      return "has no audio driver " + name;
    case Kind::igd_passthru:
      return "has no machine xenfv with " + name;
    case Kind::vnc_password:
      break;
  }
  return "can do no passwords for VNC (its libraries have no DES)";
}

std::vector<QemuNeed> needs_of(const DeviceModelSpec& spec) {
  DeviceModelSpec looked_at = spec;
  looked_at.extra_args.clear();   // nobody looks at those
  looked_at.direct_boot.reset();  // whose words may look like options
  std::vector<QemuNeed> needs;
  const auto add = [&needs](QemuNeed::Kind kind, std::string_view name) {
    const QemuNeed need = need_of(kind, name);
    if (std::ranges::find(needs, need) == needs.end()) needs.push_back(need);
  };
  if (spec.profile == DeviceModelProfile::traditional) return needs;
  const std::vector<std::string> argv = device_model_argv(looked_at, "0");
  for (std::size_t i = 1; i + 1 < argv.size(); ++i) {
    const std::string value = argv[i + 1].substr(0, argv[i + 1].find(','));
    if (argv[i] == "-device") add(QemuNeed::Kind::device, value);
    if (argv[i] == "-spice") add(QemuNeed::Kind::option, "spice");
    if (argv[i] == "-vnc" && value != "none") add(QemuNeed::Kind::option, "vnc");
    if (argv[i] == "-vnc" && argv[i + 1].ends_with(",password=on"))
      add(QemuNeed::Kind::vnc_password, "password");
    if (argv[i] != "-audiodev") continue;
    add(QemuNeed::Kind::option, "audiodev");
    add(QemuNeed::Kind::audio_driver, value);
  }
  if (spec.video_card == VideoCard::igd_passthrough)
    add(QemuNeed::Kind::igd_passthru, "igd-passthru");
  return needs;
}

std::optional<bool> has(const QemuAbilities& qemu, const QemuNeed& need) {
  switch (need.kind) {
    case QemuNeed::Kind::device:
      return qemu.devices ? std::optional{qemu.devices->contains(need.name)} : std::nullopt;
    case QemuNeed::Kind::option:
      return qemu.help ? std::optional{qemu.help->options.contains(need.name)} : std::nullopt;
    case QemuNeed::Kind::audio_driver:
      return qemu.help ? std::optional{qemu.help->audio_drivers.contains(need.name)} : std::nullopt;
    case QemuNeed::Kind::igd_passthru:
      return qemu.igd_passthru;
    case QemuNeed::Kind::vnc_password:
      break;
  }
  return qemu.vnc_password;
}

}  // namespace xenlaunch
