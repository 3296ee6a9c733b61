#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mac_address.h"

// What QEMU emulates for a guest, as values.

namespace xenlaunch {

enum class DeviceModelProfile { upstream, traditional };
/// Whom QEMU runs as, once it has opened what it needs.
enum class QemuUser { own, root };
enum class BootDevice { disk, cdrom, network };
enum class VideoCard { igd_passthrough, standard_vga, cirrus, none };
enum class DiskFormat { raw, qcow2 };
enum class DiskType { disk, cdrom };
/// The emulated card beside a paravirtual one.
enum class NicModel { rtl8139, e1000, e1000e, virtio, none };

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

/// Where the guest's screen is shown: at an address, or at a socket.
struct VncConfig {
  std::string listen{};                        ///< IPv4 or IPv6 address
  std::optional<unsigned> port{};              ///< the first free one from 5900 up where absent
  std::optional<std::string> socket{};         ///< absolute path
  std::optional<std::string> password_file{};  ///< absolute path
  std::optional<std::string> keymap{};         ///< a name of QEMU's, such as "de"
  bool without_password = false;               ///< where others can reach it, too
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
