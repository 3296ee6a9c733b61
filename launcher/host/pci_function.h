#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "base/pci_resource.h"

namespace xenlaunch {

/// The one entry of PciFunction::reset_methods where the kernel names none.
inline constexpr const char* unnamed_reset = "unnamed";

/// What sysfs says of one PCI function.
struct PciFunction {
  static constexpr std::size_t rom_resource = 6;  ///< index of the expansion ROM in `resources`

  PciAddress address;
  PciId id;
  PciId subsystem;
  std::uint32_t class_code{};         ///< 24 bits: class, subclass, programming interface
  std::optional<std::string> driver;  ///< name of the bound driver
  /// "flr", "bus", …, in the kernel's order; empty where the kernel knows none. Kernels before 5.15
  /// have no attribute `reset_method`: where they can reset the function all the same, the one
  /// entry is unnamed_reset.
  std::vector<std::string> reset_methods;
  std::array<PciResource, 7> resources{};  ///< six BARs, then the ROM
  std::uint32_t irq{};  ///< 0 where it has none; Linux may say 255 or 2147483648 for that
  std::optional<PciAddress> physical_function;  ///< of an SR-IOV VF: the function that it is of
  std::optional<std::uint8_t> secondary_bus{};  ///< of a bridge between buses: the one behind it
  /// A display controller beside another of the same maker at function 0 of its device, as the
  /// 00:02.1 of old Intel chipsets: for a second monitor, and no GPU of its own.
  bool is_second_display = false;
  bool has_rom_file = false;  ///< sysfs has an attribute `rom`
  /// False where its config space reads all ones; nobody must be given it then.
  bool answers = true;

  bool is_display_controller() const { return class_code >> 16 == 0x03; }
  bool is_vga_controller() const { return class_code >> 8 == 0x0300; }
  bool is_virtual_function() const { return physical_function.has_value(); }
  bool is_sound_device() const { return class_code >> 8 == 0x0401 || class_code >> 8 == 0x0403; }
  bool is_bridge() const { return class_code >> 16 == 0x06; }
  std::string class_text() const;  ///< six hex digits: "030000"
  friend bool operator==(const PciFunction&, const PciFunction&) = default;
};

/// What stands in the way where a function does not answer, and what to do then: clauses.
inline constexpr const char* does_not_answer_reason =
    "it does not answer (its configuration space reads all ones), as a device that did not survive "
    "a reset or lost its power";
inline constexpr const char* does_not_answer_remedy =
    "switch the host off and on, which may take more than a reboot";
/// Both, as they read on behind "cannot ACTION: ".
inline const std::string does_not_answer =
    std::string{does_not_answer_reason} + "; " + does_not_answer_remedy;

/// Where QEMU takes what is there for Intel's integrated GPU, whose video BIOS it reads
/// (xen_pt_realize of hw/xen/xen_pt.c, xen_pt_setup_vga of hw/xen/xen_pt_graphics.c).
inline constexpr PciAddress igd_address{0, 0, 2, 0};

inline constexpr std::uint16_t intel_vendor = 0x8086;

/// Linux' driver of Intel's volume management device, behind which other functions lie, in a
/// segment that Xen has no address for.
inline constexpr const char* vmd_driver = "vmd";

/// The host's PCI functions, by address.
struct HostPci {
  std::vector<PciFunction> functions;
  bool pciback_loaded = false;

  const PciFunction* find(const PciAddress& address) const;  ///< null where there is none
  friend bool operator==(const HostPci&, const HostPci&) = default;
};

/// Whether it is a GPU of its own: a display controller, no VF, not a second display function.
bool is_physical_gpu(const PciFunction& function);

/// A GPU of this very machine's chipset: segment 0, bus 0, its vendor in `vendors`.
bool is_integrated_gpu(const PciFunction& function, const std::vector<std::uint16_t>& vendors);

}  // namespace xenlaunch
