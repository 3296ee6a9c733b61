#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xenlaunch {

/// What cannot be found out from the host itself: /etc/xenlaunch/host.yaml, or these defaults.
struct HostSettings {
  std::vector<std::uint16_t> integrated_vendors = {0x8086};
  /// Whose GPU may be passed although it is the system display device.
  std::vector<std::uint16_t> system_display_vendors = {0x8086};
  std::string qemu = "/usr/libexec/xen-qemu-system-i386";
  std::string qemu_traditional = "/usr/lib/xen/bin/qemu-dm";
  std::string hvmloader = "/usr/lib/xen-4.17/boot/hvmloader";
  std::string seabios = "/usr/share/seabios/bios-256k.bin";
  std::string xen_cmdline = "/opt/xensource/libexec/xen-cmdline";
  friend bool operator==(const HostSettings&, const HostSettings&) = default;
};

}  // namespace xenlaunch
