#pragma once

#include <optional>
#include <string>

#include "base/pci_address.h"

namespace xenlaunch {

/// What a boot starts with: Xen's command line (nullopt: no Xen) and dom0's.
struct BootLines {
  std::optional<std::string> xen;
  std::string dom0;
  friend bool operator==(const BootLines&, const BootLines&) = default;
};

/// Why a boot starts no Xen.
struct NoXen {
  std::string what;  ///< "the next boot starts no Xen but vmlinuz-6.1: GRUB_DEFAULT in … decides"
  std::string remedy;  ///< a clause: "name the Xen entry there, and run `update-grub`"
  friend bool operator==(const NoXen&, const NoXen&) = default;
};

/// A state that takes a reboot to change: what runs now against what the next boot will run.
enum class BootState { enabled, disable_on_reboot, disabled, enable_on_reboot };

std::string to_string(BootState state);  ///< the enumerator's name

/// Whether pciback keeps the function from dom0's drivers in such a boot.
bool is_hidden(const BootLines& boot, const PciAddress& device);

/// Whether Xen or dom0 has its console on the system display device in such a boot.
bool uses_display(const BootLines& boot);

/// The two states, derived afresh at each question: edits by hand and by other tools count like
/// ours.
BootState dom0_access(const BootLines& running, const BootLines& next, const PciAddress& device);
BootState display(const BootLines& running, const BootLines& next);

/// True in the states `disabled` and `enable_on_reboot`.
bool is_disabled_now(BootState state);

}  // namespace xenlaunch
