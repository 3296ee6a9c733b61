#include "launcher/import/read_back.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "launcher/config/vm_reader.h"

namespace xenlaunch {
namespace {

/// Where a value of the VM file comes from. The first key that the file has is meant.
struct Origin {
  std::string_view path;
  std::array<std::string_view, 3> keys;
};

// Longer paths first.
constexpr auto origins = std::to_array<Origin>({
    {"cpu.pin", {"cpus"}},
    {"cpu.weight", {"cpu_weight"}},
    {"cpu.cap", {"cap"}},
    {"platform.viridian", {"viridian"}},
    {"platform.tsc_mode", {"tsc_mode"}},
    {"platform.hpet", {"hpet"}},
    {"platform.nested_virt", {"nestedhvm"}},
    {"platform.mmio_hole", {"mmio_hole"}},
    {"platform.hvm_pirq", {"hvm_pirq"}},
    {"platform.videoram", {"videoram"}},
    {"platform.vga", {"vga", "stdvga"}},
    {"vnc.listen", {"vnclisten"}},
    {"vnc.port", {"vncdisplay", "vnclisten"}},
    {"vnc.keymap", {"keymap"}},
    {"vnc.password_file", {"vncpasswd"}},
    {"clock.base", {"localtime"}},
    {"clock.offset_seconds", {"rtc_timeoffset"}},
    {"device_model.path", {"device_model_override"}},
    {"device_model.extra_args", {"device_model_args", "device_model_args_hvm"}},
    {"name", {"name"}},
    {"uuid", {"uuid"}},
    {"memory", {"memory", "maxmem"}},
    {"vcpus", {"vcpus"}},
    {"firmware", {"firmware", "bios"}},
    {"boot", {"boot"}},
    {"kernel", {"kernel"}},
    {"initrd", {"ramdisk"}},
    {"cmdline", {"cmdline", "root", "extra"}},
    {"pci", {"pci"}},
    {"disks", {"disk"}},
    {"nics", {"vif"}},
    {"vnc", {"vnc"}},
    {"usb", {"usbdevice", "usb", "usbversion"}},
    {"sound", {"soundhw"}},
    {"serial", {"serial"}},
    {"on_poweroff", {"on_poweroff"}},
    {"on_reboot", {"on_reboot"}},
    {"on_crash", {"on_crash"}},
});

std::string_view key_of(const Conversion& c, std::string_view path) {
  for (const Origin& origin : origins) {
    if (!path.starts_with(origin.path)) continue;
    for (const std::string_view key : origin.keys)
      if (!key.empty() && c.has(key)) return key;
  }
  return {};
}

}  // namespace

void read_back(Conversion& c) {
  const std::string text = write_yaml(c.document());
  for (const FileProblem& problem : problems_of_vm_file(text)) {
    const std::string_view key = key_of(c, problem.path);
    // A part that has been refused already is not in the document, or not whole.
    if (key.empty() ? c.is_told(problem.path) : c.is_refused(key)) continue;
    const std::string reason = "as " + problem.path + " of a VM file: " + problem.text;
    key.empty() ? c.missing(problem.path, reason) : c.refused(key, reason);
  }
}

}  // namespace xenlaunch
