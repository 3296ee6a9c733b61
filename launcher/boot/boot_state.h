#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/pci_address.h"
#include "launcher/boot/hidden_devices.h"

namespace xenlaunch {

/// What a boot starts with: Xen's command line (nullopt: no Xen) and dom0's, and what sets the
/// devices that pciback hides beside that.
struct BootLines {
  std::optional<std::string> xen;
  std::string dom0;
  std::optional<HideWord> modprobe{};        ///< `hide` as modprobe's files set it
  std::optional<std::string> loaded_hide{};  ///< of this boot: the parameter of the loaded module
  friend bool operator==(const BootLines&, const BootLines&) = default;
};

/// Why a boot starts no Xen.
struct NoXen {
  std::string what;  ///< "the next boot starts no Xen but vmlinuz-6.1: GRUB_DEFAULT in … decides"
  std::string remedy;  ///< a clause: "name the Xen entry there, and run `update-grub`"
  friend bool operator==(const NoXen&, const NoXen&) = default;
};

std::string to_string(const NoXen& no_xen);  ///< both, as a reason

/// A state that takes a reboot to change: what runs now against what the next boot will run.
enum class BootState { enabled, disable_on_reboot, disabled, enable_on_reboot };

std::string to_string(BootState state);  ///< the enumerator's name

/// Whether pciback keeps the function from dom0's drivers in such a boot: by the command line, by
/// modprobe's files, by the parameter that the module was loaded with, or by Qubes' own word.
bool is_hidden(const BootLines& boot, const PciAddress& device);

/// Whether it does in the boot that runs: what modprobe's files say today may be younger than the
/// module, so they count where pciback has the function.
bool is_hidden_now(const BootLines& running, const PciAddress& device, bool pciback_has_it);

/// Whether Xen or dom0 has its console on the system display device in such a boot.
bool uses_display(const BootLines& boot);

/// The two states, derived afresh at each question: edits by hand and by other tools count like
/// ours.
BootState dom0_access(const BootLines& running, const BootLines& next, const PciAddress& device,
                      bool pciback_has_it = false);
/// `framebuffer`: the driver of the firmware's framebuffer that dom0 writes into now, "efifb", or
/// "". While there is one the display is used, and the next boot has it again unless its command
/// line keeps that driver away.
BootState display(const BootLines& running, const BootLines& next,
                  std::string_view framebuffer = "");

/// True in the states `disabled` and `enable_on_reboot`.
bool is_disabled_now(BootState state);

}  // namespace xenlaunch
