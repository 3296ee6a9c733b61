#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "base/spawn.h"
#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// How a reset went.
enum class ResetResult {
  done,       ///< and the function answers
  no_method,  ///< Linux has none for it; it answers, and nothing was done
  no_answer,  ///< its config space reads all ones: nobody must be given it
};

/// Moves PCI functions between their drivers and pciback. Every call throws Error (ExitCode::host)
/// and, whatever a driver does, comes back within a few minutes.
class PciBinder {
 public:
  virtual ~PciBinder() = default;

  /// Whether the host has it: a VF, or a card behind Thunderbolt, can go while a VM has it.
  virtual bool is_there(const PciAddress& device) = 0;

  /// What sysfs says of `device` now: its driver may have changed since the plan was made, and its
  /// interrupt changes with the driver (a driver that uses MSI hides the line that Xen knows).
  virtual PciFunction inspect(const PciAddress& device) = 0;

  /// Takes `device` from its driver, if it has one, and binds it to pciback, where its
  /// driver_override keeps it. Returns true where pciback had it already: nothing was changed then,
  /// and there is nothing to restore. A call that throws has left the device with the driver it
  /// had; where that was not possible the message says so and the code is
  /// ExitCode::host_left_changed.
  virtual bool assign(const PciAddress& device) = 0;

  /// Takes away the driver_override of a device that assign() has bound and that is to stay there.
  /// libxl knows nothing of it, so that `xl pci-assignable-remove -r` would find no driver that may
  /// have the device.
  virtual void drop_override(const PciAddress& device) = 0;

  /// The reverse: out of pciback and its slots, no driver_override, back to `driver`; without a
  /// driver it is left unbound. Fine where it has been given back before, or is gone: pciback then
  /// only forgets its slot. Tries every part and names all that failed.
  virtual void restore(const PciAddress& device, const std::optional<std::string>& driver) = 0;

  /// Resets the function by the kernel's own choice, the first of its reset_methods, and looks
  /// whether it answers. Throws where the kernel says that the reset failed.
  virtual ResetResult reset(const PciAddress& device) = 0;

  /// Lets the kernel reset the function by these of its methods alone, in that order, until it is
  /// told otherwise.
  virtual void choose_resets(const PciAddress& device, const std::vector<std::string>& methods) = 0;

  /// Makes the expansion ROM readable through sysfs `rom`, which QEMU's own attempt (it writes the
  /// byte 0x01) no longer does on kernels that parse the attribute as a boolean. Memory decoding is
  /// switched on as well, since pciback switches it off. Throws where the function has no ROM or
  /// the ROM has no 55 AA signature.
  virtual void switch_rom_on(const PciAddress& device) = 0;
  virtual void switch_rom_off(const PciAddress& device) = 0;

  /// Writes what sysfs `resource` says, but for the ROM, to the new file `copy`. Returns the view
  /// in which a program sees that.
  virtual FileView hide_rom(const PciAddress& device, const std::filesystem::path& copy) = 0;

  /// Makes the new folder `scratch`. Returns the view in which a program sees the function's folder
  /// with the descriptor `rom` of its own as the expansion ROM, and without the folders in it.
  virtual FolderView show_rom(const PciAddress& device, int rom,
                              const std::filesystem::path& scratch) = 0;

  /// Waits until pciback has let go of the devices of domain `domid`, whose nodes have been removed
  /// from xenstore: it resets them then, and until it is done neither a driver nor another guest
  /// can have them. Throws where pciback takes longer than any reset may.
  virtual void await_backend_gone(std::uint32_t domid) = 0;
};

/// The PciBinder over sysfs below `root`. It follows drivers/xen/xen-pciback/pci_stub.c,
/// drivers/base/bus.c and drivers/pci/pci-sysfs.c of Linux.
std::unique_ptr<PciBinder> make_sysfs_pci_binder(const std::filesystem::path& root);

}  // namespace xenlaunch
