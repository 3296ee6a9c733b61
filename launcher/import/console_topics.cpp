// What people see and touch: VNC, the serial port, USB, sound.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/pci_address.h"
#include "launcher/import/topics.h"
#include "launcher/import/words.h"

namespace xenlaunch {
namespace {

constexpr long first_vnc_port = 5900;

/// The address and, behind its last colon, the display.
struct Listen {
  std::string address = "127.0.0.1";  ///< libxl's default
  std::optional<long> display{};
};

std::optional<Listen> convert_listen(Conversion& c) {
  Listen listen;
  const auto text = c.text("vnclisten");
  if (!text) return c.has("vnclisten") ? std::nullopt : std::optional{listen};
  c.converted("vnclisten");
  const std::size_t colon = text->rfind(':');
  listen.address = text->substr(0, colon);
  if (colon == text->npos) return listen;
  const std::string display = text->substr(colon + 1);
  if (!is_digits(display) || display.size() > 5) {
    c.refused("vnclisten", in_quotes(*text) + "; expected an address, or an address:display");
    return std::nullopt;
  }
  listen.display = std::stol(display);
  return listen;
}

/// Puts vnc.port where the file fixes one.
void convert_display(Conversion& c, const std::optional<long>& in_address) {
  const auto display = c.number("vncdisplay");
  const auto unused = c.truth("vncunused");
  if (unused) c.converted("vncunused");
  if (c.has("vncdisplay") && !display) return;
  if (in_address && display.value_or(0) != 0) {
    c.refused("vncdisplay", "vnclisten has a display, too, which xl refuses");
    return;
  }
  const long wanted = in_address.value_or(display.value_or(0));
  const long port = first_vnc_port + wanted;
  if (display) c.converted("vncdisplay");
  if (port < 1 || port > 65535) {
    c.refused(in_address ? "vnclisten" : "vncdisplay",
              fmt::format("port {} is not one; expected a display from 0", port));
  } else if (!unused.value_or(true)) {
    c.vm("vnc").field("port") = YamlValue::number(port);
  } else if (wanted != 0) {
    c.vm("vnc").field("port") = YamlValue::number(port);
    c.comment("vnc", fmt::format("xl would take the next free port where {} is in use.", port));
  }
}

void convert_password(Conversion& c) {
  const auto password = c.text("vncpasswd");
  if (!password) return;
  if (password->empty()) {
    c.dropped("vncpasswd", "an empty one is none");
    return;
  }
  const XlSetting* const name = c.find("name");
  const std::string path =
      "/etc/xenlaunch/" + (name == nullptr ? "vm" : name->text) + ".vnc-password";
  c.vm("vnc").field("password_file") = YamlValue::text(path);
  c.comment("vnc",
            "The password is not copied: write it into this file, which root alone may read.");
  c.lost("vncpasswd", "write it into the file that vnc.password_file names");
}

/// xl asks nobody for a password where none is set, wherever the server listens.
void tell_of_no_password(Conversion& c, const std::string& listen) {
  if (listen.starts_with("127.") || listen == "::1" || !c.text("vncpasswd").value_or("").empty())
    return;
  c.vm("vnc").field("without_password") = YamlValue::boolean(true);
  c.comment("vnc", "Who can reach this address has the guest's keyboard, as under xl.");
}

/// Whether the guest has a VNC server: under xl it has one unless told otherwise.
bool has_vnc(Conversion& c) {
  const auto vnc = c.truth("vnc");
  if (vnc) c.converted("vnc");
  if (vnc || c.has("vnc")) return vnc.value_or(false);
  const XlSetting* const vga = c.find("vga");
  return vga == nullptr || vga->text != "none";
}

YamlValue& usb(Conversion& c) {
  return c.vm("usb");
}

/// What a usbdevice= of QEMU's is; a reason where it cannot be one of the VM file.
std::string convert_usb_device(Conversion& c, const std::string& device) {
  if (device == "tablet") {
    usb(c).field("tablet") = YamlValue::boolean(true);
    return {};
  }
  if (device == "mouse" || device == "keyboard") {
    c.converted("usbdevice", device + ": the guest has a PS/2 one");
    return {};
  }
  if (!device.starts_with("host:"))
    return "is not supported; expected tablet or host:VENDOR:PRODUCT";
  const std::string host = device.substr(sizeof "host:" - 1);
  if (const auto id = PciId::parse(host)) {
    YamlValue& devices = usb(c).field("devices");
    devices.kind = YamlValue::Kind::list;
    devices.items.push_back(YamlValue::text(id->to_string()));
    return {};
  }
  c.refused("usbdevice",
            "bus and address change each time a device is plugged in; expected its "
            "ids, as host:046d:c52b (lsusb shows them)");
  return "names a device by bus and address";
}

/// Whether the file asks for a controller and devices at it.
bool convert_usb_devices(Conversion& c) {
  const auto items = c.list_or_text("usbdevice");
  if (!items) return c.has("usbdevice");
  c.converted("usbdevice");
  for (const XlItem& item : *items) {
    const std::string problem = convert_usb_device(c, *item.text);
    if (!problem.empty())
      c.refused_at("usbdevice", item.line, in_quotes(*item.text) + " " + problem);
  }
  return !items->empty();
}

void convert_usb_version(Conversion& c, bool has_other) {
  constexpr std::array<const char*, 3> controllers{"uhci", "ehci", "xhci"};
  const auto version = c.number("usbversion");
  if (!version || *version == 0) {
    if (version) c.dropped("usbversion", "0 is none");
  } else if (has_other) {
    c.refused("usbversion", "xl refuses it beside usb or usbdevice");
  } else if (*version < 1 || *version > 3) {
    c.refused("usbversion", fmt::format("{}; expected 1, 2 or 3", *version));
  } else {
    usb(c).field("controller") =
        YamlValue::word(controllers[static_cast<std::size_t>(*version) - 1]);
    c.converted("usbversion");
  }
}

/// The path of "unix:PATH" with the words that make QEMU the listening side, as the VM file's does.
std::optional<std::string> listening_socket(std::string_view text) {
  const std::vector<std::string> words = xl_words_of(text);
  const auto has = [&](const char* one, const char* other) {
    return std::ranges::count(words, one) + std::ranges::count(words, other) > 0;
  };
  if (words.empty() || !has("server", "server=on") || !has("nowait", "wait=off"))
    return std::nullopt;
  return words.size() == 3 ? std::optional{words.front()} : std::nullopt;
}

/// The VM file's word for a serial port of QEMU's.
std::optional<std::string> serial_port(const std::string& text) {
  if (text == "pty" || text == "none" || text.starts_with("file:")) return text;
  return text.starts_with("unix:") ? listening_socket(text) : std::nullopt;
}

}  // namespace

void convert_vnc(Conversion& c) {
  if (has_vnc(c)) {
    if (!c.has("vnc")) c.comment("vnc", "Under xl every guest has one, unless it says vnc=0.");
    c.vm("vnc").kind = YamlValue::Kind::map;
    if (const auto listen = convert_listen(c)) {
      c.vm("vnc").field("listen") = YamlValue::text(listen->address);
      convert_display(c, listen->display);
      tell_of_no_password(c, listen->address);
    }
    convert_password(c);
    if (const auto keymap = c.text("keymap")) {
      c.vm("vnc").field("keymap") = YamlValue::text(*keymap);
      c.converted("keymap");
    }
  }
  for (const char* key : {"vnclisten", "vncdisplay", "vncunused", "vncpasswd", "keymap"})
    if (c.has(key) && !c.is_told(key)) c.dropped(key, "the guest has no VNC server");
}

void convert_usb(Conversion& c) {
  const auto on = c.truth("usb");
  if (on) c.converted("usb");
  usb(c).field("controller") = YamlValue::word("none");
  usb(c).field("tablet") = YamlValue::boolean(false);
  const bool has_devices = convert_usb_devices(c);
  const bool has_bus = on.value_or(false) || has_devices;
  if (has_bus) usb(c).field("controller") = YamlValue::word("uhci");  // the one of QEMU's -usb
  convert_usb_version(c, has_bus);
  if (c.has("usb") || c.has("usbdevice") || c.has("usbversion")) return;
  c.comment(
      "usb",
      "As under xl, which gives none unasked. A tablet lets the pointer follow a VNC viewer's.");
}

void convert_serial(Conversion& c) {
  const XlSetting* const setting = c.find("serial");
  if (setting == nullptr) {
    c.vm("serial") = YamlValue::word("none");
    return;
  }
  const auto items = c.list_or_text("serial");
  if (!items) return;
  if (items->size() > 1) c.refused("serial", "more than one port; expected one");
  c.vm("serial") = YamlValue::word("none");
  c.converted("serial");
  for (const XlItem& item : *items) {
    const auto port = serial_port(*item.text);
    if (port) c.vm("serial") = YamlValue::text(*port);
    if (!port)
      c.refused_at("serial", item.line,
                   in_quotes(*item.text) +
                       " is not supported; expected pty, none, file:PATH or "
                       "unix:PATH,server,nowait");
  }
}

void convert_sound(Conversion& c) {
  const auto card = c.text("soundhw");
  if (!card) return;
  if (*card == "hda" || *card == "ac97") {
    c.vm("sound") = YamlValue::word(*card);
    c.comment("sound", "Nobody hears it: Debian's QEMU for Xen has no way to play sound.");
    c.converted("soundhw");
  } else if (card->empty()) {
    c.dropped("soundhw", "no card");
  } else {
    c.lost("soundhw", in_quotes(*card) + " is not supported; hda and ac97 are");
  }
}

}  // namespace xenlaunch
