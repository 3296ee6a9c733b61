#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/mac_address.h"

// What QEMU emulates for a guest, as values.

namespace xenlaunch {

enum class DeviceModelProfile { upstream, traditional };
enum class BootDevice { disk, cdrom, network };
enum class VideoCard { igd_passthrough, standard_vga, cirrus, none };
enum class DiskFormat { raw, qcow2 };
enum class DiskType { disk, cdrom };
/// The emulated card beside a paravirtual one.
enum class NicModel { rtl8139, e1000, e1000e, virtio, none };

/// An emulated IDE disk or CD-ROM drive.
struct DiskConfig {
  std::string image{};  ///< absolute path of a file or block device
  DiskFormat format = DiskFormat::raw;
  DiskType type = DiskType::disk;
  std::string target{};  ///< hda, hdb, hdc or hdd
  friend bool operator==(const DiskConfig&, const DiskConfig&) = default;
};

/// A network card that QEMU emulates, as number `index` of the guest's cards.
struct EmulatedNic {
  unsigned index{};
  NicModel model = NicModel::rtl8139;  ///< not none
  MacAddress mac{};
  std::string bridge{};
  std::uint8_t slot{};  ///< of the guest's PCI bus 0
  bool has_boot_rom = true;
  friend bool operator==(const EmulatedNic&, const EmulatedNic&) = default;
};

/// The network interfaces of dom0 behind the guest's network card number `index`: xen-netback's,
/// and QEMU's tap (libxl__device_nic_devname of tools/libs/light/libxl_nic.c).
std::string vif_name(std::string_view domid, unsigned index);
std::string tap_name(std::string_view domid, unsigned index);

struct DirectBoot {
  std::string kernel;                   ///< absolute path
  std::optional<std::string> initrd{};  ///< absolute path
  std::optional<std::string> cmdline{};
  friend bool operator==(const DirectBoot&, const DirectBoot&) = default;
};

/// The guest's first serial port.
struct SerialConfig {
  enum class Kind { none, pty, file, unix_socket } kind = Kind::pty;
  std::string path{};  ///< of the file or the socket, absolute; empty for none and pty
  friend bool operator==(const SerialConfig&, const SerialConfig&) = default;
};

struct VncConfig {
  std::string listen;  ///< IPv4 or IPv6 address
  friend bool operator==(const VncConfig&, const VncConfig&) = default;
};

}  // namespace xenlaunch
