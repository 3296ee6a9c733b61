#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/xen_version.h"
#include "devicemodel/qemu_user.h"

namespace xenlaunch {

/// What becomes of a device that a guest has had and that cannot be reset.
enum class WithoutReset {
  pciback,  ///< it stays there, for VMs alone
  driver,   ///< it goes back to its driver as it is
};

/// What cannot be found out from the host itself: /etc/xenlaunch/host.yaml, or these defaults.
struct HostSettings {
  std::vector<std::uint16_t> integrated_vendors = {0x8086};
  /// Whose GPU may be passed although it is the system display device.
  std::vector<std::uint16_t> system_display_vendors = {0x8086};
  std::string qemu = "/usr/libexec/xen-qemu-system-i386";
  std::string qemu_traditional = "/usr/lib/xen/bin/qemu-dm";
  std::string hvmloader;  ///< of the host's Xen (xen_files.h) where the file names none
  std::string seabios = "/usr/share/seabios/bios-256k.bin";
  std::string ovmf = "/usr/share/ovmf/OVMF.fd";
  std::string xen_cmdline = "/opt/xensource/libexec/xen-cmdline";
  /// Folders whose files count as root's own, whoever may write to them.
  std::vector<std::string> trusted_folders;
  WithoutReset return_without_reset = WithoutReset::pciback;
  /// The user of domain N's QEMU is this one + N.
  std::uint32_t first_qemu_user = default_first_qemu_user;
  XenVersion xen = xen_built_for();  ///< in no file: the host's Xen, where it runs
  friend bool operator==(const HostSettings&, const HostSettings&) = default;
};

}  // namespace xenlaunch
