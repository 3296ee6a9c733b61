// What the guest starts with: firmware, the order of its disks, a kernel of its own.
#include <algorithm>

#include "launcher/import/topics.h"
#include "launcher/import/xl_specs.h"

namespace xenlaunch {
namespace {

/// The words of firmware= beside those of bios= that are no path.
std::optional<std::string> firmware_word(const std::string& text) {
  if (text == "uefi") return "ovmf";
  if (text == "bios") return "seabios";
  return xl_word(XlWord::bios, text);
}

void set_firmware(Conversion& c, const char* key, const std::string& word) {
  c.vm("firmware") = YamlValue::word(word == "rombios" ? "seabios" : word);
  if (word == "rombios")
    c.comment("firmware", "rombios is the firmware of qemu-xen-traditional; QEMU has SeaBIOS.");
  c.converted(key);
}

/// Whether firmware= decides.
bool convert_firmware_key(Conversion& c) {
  const auto text = c.text("firmware");
  if (!text) return c.has("firmware");
  const auto word = firmware_word(*text);
  if (!word || *word == "unknown") {
    c.refused("firmware", in_quotes(*text) +
                              " is a path to xl, of a program in place of hvmloader; "
                              "expected uefi, ovmf, bios or seabios");
  } else {
    set_firmware(c, "firmware", *word);
  }
  return true;
}

void convert_bios_key(Conversion& c, bool counts) {
  const auto text = c.text("bios");
  if (!text) return;
  const auto word = xl_word(XlWord::bios, *text);
  if (!word || *word == "unknown") {
    c.refused("bios", in_quotes(*text) + " is unknown to xl, too; expected seabios or ovmf");
  } else if (!counts) {
    c.dropped("bios", "firmware= counts, as under xl");
  } else {
    set_firmware(c, "bios", *word);
  }
}

void convert_boot_order(Conversion& c) {
  const auto order = c.text("boot");
  if (!order) return;
  std::vector<YamlValue> devices;
  for (const char letter : *order) {
    const std::string_view device = letter == 'c'   ? "disk"
                                    : letter == 'd' ? "cdrom"
                                    : letter == 'n' ? "network"
                                                    : "";
    if (letter == 'a') {
      c.converted("boot", "no guest has a floppy drive: 'a' is left out");
    } else if (device.empty()) {
      c.refused("boot", in_quotes(*order) + " has other letters than c, d and n");
      return;
    } else {
      devices.push_back(YamlValue::word(std::string{device}));
    }
  }
  if (devices.empty()) {
    c.refused("boot", in_quotes(*order) + " names nothing to boot from; expected c, d or n");
    return;
  }
  c.vm("boot") = YamlValue::list(devices);
  c.converted("boot");
}

bool is_hvmloader(const std::string& path) {
  return path.substr(path.rfind('/') + 1) == "hvmloader";
}

/// As xl makes it of three keys.
std::optional<std::string> command_line(Conversion& c) {
  const auto whole = c.text("cmdline");
  const auto root = c.text("root");
  const auto extra = c.text("extra");
  if (whole) {
    for (const char* key : {"root", "extra"})
      if (c.has(key)) c.dropped(key, "cmdline= counts, as under xl");
    return whole;
  }
  if (!root) return extra;
  return "root=" + *root + (extra ? " " + *extra : "");
}

}  // namespace

void convert_firmware(Conversion& c) {
  const bool firmware_counts = convert_firmware_key(c);
  convert_bios_key(c, !firmware_counts);
  if (c.has("bios_path_override"))
    c.lost("bios_path_override",
           "a VM file names no firmware file; the host's is in /etc/xenlaunch/host.yaml");
  convert_boot_order(c);
}

void convert_direct_boot(Conversion& c) {
  const auto kernel = c.text("kernel");
  const bool boots_it = kernel && !is_hvmloader(*kernel);
  const auto line = command_line(c);
  if (boots_it) {
    c.vm("kernel") = YamlValue::text(*kernel);
    c.converted("kernel");
  } else if (kernel) {
    c.dropped("kernel", "hvmloader is not the guest's kernel, and xl takes no notice of it here");
  }
  if (const auto initrd = c.text("ramdisk")) {
    if (boots_it) c.vm("initrd") = YamlValue::text(*initrd);
    if (boots_it) c.converted("ramdisk");
  }
  if (boots_it && line) c.vm("cmdline") = YamlValue::text(*line);
  for (const char* key : {"ramdisk", "cmdline", "root", "extra"}) {
    if (!c.has(key)) continue;
    if (boots_it) {
      c.converted(key);
    } else {
      c.lost(key, "there is no kernel= that it could be for, and xl 4.17 and later refuse it");
    }
  }
}

}  // namespace xenlaunch
