#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "launcher/base/pci_address.h"

namespace xenlaunch {

/// Moves PCI functions between their drivers and pciback. Every call throws Error (ExitCode::host).
class PciBinder {
 public:
  virtual ~PciBinder() = default;

  /// Takes `device` from its driver, if it has one, and binds it to pciback. A call that throws has left the device
  /// with the driver it had. Returns whether pciback had it in its slots already (so that restore leaves it there).
  virtual bool assign(const PciAddress& device) = 0;

  /// The reverse: out of pciback and its slots, back to `driver`; without a driver it is left unbound.
  virtual void restore(const PciAddress& device, const std::optional<std::string>& driver) = 0;

  /// Resets the function by the kernel's own choice among its reset methods. False where it has none.
  virtual bool reset(const PciAddress& device) = 0;

  /// Makes the expansion ROM readable through sysfs `rom`, which QEMU's own attempt (it writes the byte 0x01) no
  /// longer does on kernels that parse the attribute as a boolean. Memory decoding is switched on as well, since
  /// pciback switches it off. Throws where the function has no ROM or the ROM has no 55 AA signature.
  virtual void switch_rom_on(const PciAddress& device) = 0;
  virtual void switch_rom_off(const PciAddress& device) = 0;
};

/// The PciBinder over sysfs below `root`.
std::unique_ptr<PciBinder> make_sysfs_pci_binder(const std::filesystem::path& root);

}  // namespace xenlaunch
