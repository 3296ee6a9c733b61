#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

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

/// Where the guest's screen is shown: at an address, or at a socket.
struct VncConfig {
  std::string listen{};                        ///< IPv4 or IPv6 address
  std::optional<unsigned> port{};              ///< the first free one from 5900 up where absent
  std::optional<std::string> socket{};         ///< absolute path
  std::optional<std::string> password_file{};  ///< absolute path
  std::optional<std::string> keymap{};         ///< a name of QEMU's, such as "de"
  friend bool operator==(const VncConfig&, const VncConfig&) = default;
};

struct SpiceConfig {
  std::string listen;  ///< IPv4 or IPv6 address
  unsigned port{};
  std::optional<std::string> password_file{};  ///< absolute path
  friend bool operator==(const SpiceConfig&, const SpiceConfig&) = default;
};

enum class SoundCard { hda, ac97 };

enum class UsbController { none, uhci, ehci, xhci };

/// A port of the host: the number of its bus, and the ports on the way there as Linux counts them,
/// "2.3" for port 3 of the hub at port 2.
struct UsbPort {
  unsigned bus{};
  std::string port{};
  std::string to_string() const { return std::to_string(bus) + "-" + port; }
  friend auto operator<=>(const UsbPort&, const UsbPort&) = default;
};

/// The guest's USB: one controller, and what hangs on it.
struct UsbSpec {
  UsbController controller = UsbController::none;
  bool tablet = false;             ///< a pointer that says where it is, not how far it moved
  std::vector<UsbPort> devices{};  ///< of the host
  friend bool operator==(const UsbSpec&, const UsbSpec&) = default;
};

}  // namespace xenlaunch
