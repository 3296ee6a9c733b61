#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "devicemodel/control_group_plan.h"
#include "devicemodel/guest_devices.h"
#include "launcher/config/guest_platform.h"

namespace xenlaunch {

enum class Firmware { seabios, ovmf };
enum class Vga { standard, cirrus, none };  ///< platform.vga
enum class RdmPolicy {
  strict,
  relaxed
};  ///< what to do when reserved device memory cannot be mapped
enum class TpmVersion { v2_0 };
enum class OnEvent { destroy, restart, preserve };

/// What a device is chosen by at the start; all that is given has to hold.
struct PciSelect {
  std::optional<PciId> id{};
  bool gpu = false;                ///< class: a physical GPU (is_physical_gpu)
  std::optional<unsigned> numa{};  ///< the node it is at, as Xen numbers them
  friend bool operator==(const PciSelect&, const PciSelect&) = default;
};

/// A host PCI function to pass to the guest.
struct PciDeviceConfig {
  PciAddress address;             ///< of no meaning while `select` is there
  std::optional<PciId> expect{};  ///< refuse a device with other ids: bus numbers move
  bool permissive = false;        ///< let the guest write config space that QEMU would filter
  RdmPolicy rdm_policy = RdmPolicy::strict;
  bool all_functions = false;            ///< the other functions of the same host device go along
  std::optional<std::uint8_t> slot{};    ///< of the guest
  bool optional = false;                 ///< the guest starts without it where it is not there
  bool strict_reset = false;             ///< refuse it where it cannot be reset
  std::optional<std::string> reset{};    ///< by which of the kernel's methods: "flr"
  std::optional<std::string> romfile{};  ///< absolute path: its video BIOS
  std::optional<PciSelect> select{};     ///< the device is still to be chosen
  friend bool operator==(const PciDeviceConfig&, const PciDeviceConfig&) = default;
};

/// A USB device of the host: by its ids, or by the port that it is plugged in at.
struct UsbDeviceConfig {
  std::optional<PciId> id{};
  std::optional<UsbPort> port{};
  friend auto operator<=>(const UsbDeviceConfig&, const UsbDeviceConfig&) = default;
};

struct UsbConfig {
  std::optional<UsbController> controller{};  ///< xhci where something needs one
  std::optional<bool> tablet{};               ///< where the guest's screen is shown
  std::vector<UsbDeviceConfig> devices{};
  friend bool operator==(const UsbConfig&, const UsbConfig&) = default;
};

/// How much a card may send: xen-netback gives it `bytes` anew every `interval_us` microseconds.
struct NicRate {
  std::uint64_t bytes{};
  std::uint32_t interval_us{};
  friend bool operator==(const NicRate&, const NicRate&) = default;
};

/// A paravirtual network card, served by dom0's xen-netback, and the emulated one beside it.
struct NicConfig {
  std::string bridge{};  ///< in dom0
  std::optional<MacAddress> mac{};
  NicModel model = NicModel::rtl8139;
  std::string script = "/etc/xen/scripts/vif-bridge";  ///< absolute path
  std::optional<std::string> ip{};  ///< addresses or networks with a space between them
  std::optional<NicRate> rate{};
  std::optional<unsigned> mtu{};  ///< bytes
  bool trusted = true;  ///< by the guest: whether its driver may share more than the packets
  bool boot = true;     ///< whether the emulated card has its boot ROM
  /// Whether the guest's firmware can boot from it.
  bool can_boot() const { return model != NicModel::none && boot; }
  friend bool operator==(const NicConfig&, const NicConfig&) = default;
};

inline constexpr std::size_t max_nics = 8;

struct DeviceModelConfig {
  DeviceModelProfile profile = DeviceModelProfile::upstream;
  std::optional<std::string> path{};  ///< absolute; the profile's default where absent
  std::vector<std::string> extra_args{};
  bool confined = true;            ///< QEMU writes only to what is the guest's
  std::optional<QemuUser> user{};  ///< nullopt: its own where nothing speaks against it
  /// To its own domain; nullopt: where that takes no broker.
  std::optional<bool> restricted{};
  /// Of its own; nullopt: unless that of xenlaunch was made for it.
  std::optional<bool> control_group{};
  std::optional<ResourceLimits> limits{};  ///< of that; nullopt: those of every VM
  friend bool operator==(const DeviceModelConfig&, const DeviceModelConfig&) = default;
};

/// A guest that restarts more often than this is stopped.
struct RestartLimitConfig {
  unsigned restarts = 5;
  std::chrono::seconds within{60};
  friend bool operator==(const RestartLimitConfig&, const RestartLimitConfig&) = default;
};

/// A VM file, parsed and valid in itself: everything about it that can be known without a host.
struct VmConfig {
  std::string name;
  std::optional<std::string> uuid;  ///< lower case, with dashes
  std::uint64_t memory_mib{};       ///< what the guest gets, video memory included
  unsigned vcpus = 1;
  Firmware firmware = Firmware::seabios;
  std::vector<BootDevice> boot = {BootDevice::disk, BootDevice::cdrom};
  std::optional<DirectBoot> direct_boot;
  std::optional<Vga> platform_vga;
  std::optional<unsigned> videoram_mib;        ///< platform.videoram
  std::optional<std::uint64_t> mmio_hole_mib;  ///< platform.mmio_hole
  GuestPlatform platform;                      ///< the rest of platform
  ClockConfig clock;
  CpuConfig cpu;
  std::optional<VideoCard> video_card;
  std::vector<PciDeviceConfig> pci;
  std::vector<DiskConfig> disks;
  std::vector<NicConfig> nics;  ///< at most max_nics
  std::optional<VncConfig> vnc;
  std::optional<SpiceConfig> spice;
  std::optional<SoundCard> sound;
  std::optional<TpmVersion> tpm;
  UsbConfig usb;
  SerialConfig serial;
  DeviceModelConfig device_model;
  OnEvent on_poweroff = OnEvent::destroy;
  OnEvent on_reboot = OnEvent::restart;
  OnEvent on_crash = OnEvent::destroy;
  RestartLimitConfig restart_limit;
  friend bool operator==(const VmConfig&, const VmConfig&) = default;
};

}  // namespace xenlaunch
