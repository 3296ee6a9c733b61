#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "devicemodel/guest_devices.h"

namespace xenlaunch {

/// The guest's slots in which passed devices may be: 0 to 5 are QEMU's own, and 1f is where it puts
/// the ISA bridge of an integrated GPU.
inline constexpr std::uint8_t first_free_slot = 0x06;
inline constexpr std::uint8_t last_free_slot = 0x1e;

/// The slot of an emulated sound card.
inline constexpr std::uint8_t sound_slot = 0x1e;

/// A host PCI function and the place it takes on the guest's bus 0.
struct PassthroughSpec {
  PciAddress host;
  std::uint8_t slot{};         ///< guest device number, 2..31
  std::uint8_t function{};     ///< 0..7
  bool multifunction = false;  ///< function 0 of a slot that has others
  bool permissive = false;
  friend bool operator==(const PassthroughSpec&, const PassthroughSpec&) = default;
};

/// The option by which QEMU becomes another user and changes its root when it has opened all that
/// it needs (os_setup_post in its os-posix.c): -run-with from 9.1 on, before that -runas and
/// -chroot.
enum class UserOption { run_with, runas };

/// The users that QEMUs have, one for each domain.
struct QemuUsers {
  std::uint32_t first{};  ///< user and group of domain N are first + N
  UserOption option{};
  friend bool operator==(const QemuUsers&, const QemuUsers&) = default;
};

/// The QEMU beside that of a guest which serves its paravirtual disks.
enum class DiskServer {
  none,
  own_user,  ///< the same user as that QEMU
  root,      ///< it opens files that the images name
};

/// Everything that decides QEMU's command line, but for the domain id.
struct DeviceModelSpec {
  DeviceModelProfile profile = DeviceModelProfile::upstream;
  std::string path;  ///< of the program
  std::string guest_name;
  std::uint64_t ram_mib{};  ///< without video memory
  unsigned vcpus = 1;
  VideoCard video_card = VideoCard::cirrus;
  unsigned videoram_mib{};        ///< of the emulated card
  std::uint64_t mmio_hole_mib{};  ///< below 4 GiB
  std::vector<BootDevice> boot;
  std::optional<DirectBoot> direct_boot;
  std::vector<DiskConfig> disks;
  std::vector<EmulatedNic> nics;
  SerialConfig serial;
  std::optional<VncConfig> vnc;
  std::optional<SpiceConfig> spice;
  std::optional<SoundCard> sound;
  UsbSpec usb;
  std::vector<PassthroughSpec> passthrough;
  /// The function whose expansion ROM is not in what QEMU sees of it in sysfs.
  std::optional<PciAddress> hidden_rom;
  std::optional<std::string> romfile;  ///< what it has as that function's ROM instead
  std::optional<QemuUsers> users{};    ///< nullopt: it stays root
  bool restricted = false;             ///< to its own domain, and without xenstore, once it runs
  /// The targets of the paravirtual disks whose images are handed over as descriptors: to this
  /// QEMU, or to its disk server where there is one.
  std::vector<std::string> handed_images{};
  bool handed_taps = false;  ///< the network cards' tap devices are handed over as descriptors
  DiskServer disk_server = DiskServer::none;
  std::vector<std::string> extra_args;
  friend bool operator==(const DeviceModelSpec&, const DeviceModelSpec&) = default;
};

}  // namespace xenlaunch
