#pragma once

#include <optional>
#include <string>

// What QEMU emulates for a guest, as values.

namespace xenlaunch {

enum class DeviceModelProfile { upstream, traditional };
enum class BootDevice { disk, cdrom, network };
enum class VideoCard { igd_passthrough, standard_vga, cirrus, none };
enum class DiskFormat { raw, qcow2 };
enum class DiskType { disk, cdrom };

/// A disk or a CD-ROM drive.
struct DiskConfig {
  std::string image{};  ///< absolute path of a file or block device; empty: a drive without medium
  DiskFormat format = DiskFormat::raw;
  DiskType type = DiskType::disk;
  std::string target{};   ///< disk_target.h has them
  bool readonly = false;  ///< of a disk; a CD-ROM always is
  bool discard = true;    ///< what the guest discards is freed in the image
  friend bool operator==(const DiskConfig&, const DiskConfig&) = default;
};

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
