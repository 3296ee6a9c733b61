#include "launcher/boot/boot_state.h"

#include "launcher/boot/consoles.h"
#include "launcher/boot/firmware_framebuffer.h"
#include "launcher/boot/hiding.h"

namespace xenlaunch {
namespace {

BootState state_of(bool disabled_now, bool disabled_next) {
  if (disabled_now) return disabled_next ? BootState::disabled : BootState::enable_on_reboot;
  return disabled_next ? BootState::disable_on_reboot : BootState::enabled;
}

}  // namespace

std::string to_string(const NoXen& no_xen) {
  return no_xen.what + "; " + no_xen.remedy;
}

std::string to_string(BootState state) {
  switch (state) {
    case BootState::enabled:
      return "enabled";
    case BootState::disable_on_reboot:
      return "disable_on_reboot";
    case BootState::disabled:
      return "disabled";
    case BootState::enable_on_reboot:
      break;
  }
  return "enable_on_reboot";
}

bool is_hidden(const BootLines& boot, const PciAddress& device) {
  if (!boot.xen) return false;
  const std::optional<HideWord> word = hide_word(boot);
  return (word && hidden_devices_in(word->value).hides(device)) ||
         (boot.loaded_hide && hidden_devices_in(*boot.loaded_hide).hides(device)) ||
         qubes_hides(boot.dom0, device);
}

bool is_hidden_now(const BootLines& running, const PciAddress& device, bool pciback_has_it) {
  if (pciback_has_it) return is_hidden(running, device);
  BootLines known = running;
  known.modprobe.reset();
  return is_hidden(known, device);
}

bool uses_display(const BootLines& boot) {
  return (boot.xen && xen_uses_display(*boot.xen)) || dom0_uses_display(boot.dom0);
}

BootState dom0_access(const BootLines& running, const BootLines& next, const PciAddress& device,
                      bool pciback_has_it) {
  return state_of(is_hidden_now(running, device, pciback_has_it), is_hidden(next, device));
}

BootState display(const BootLines& running, const BootLines& next, std::string_view framebuffer) {
  const bool freed = framebuffer.empty() || frees_firmware_framebuffer(next.dom0, framebuffer);
  return state_of(!uses_display(running) && framebuffer.empty(), !uses_display(next) && freed);
}

bool is_disabled_now(BootState state) {
  return state == BootState::disabled || state == BootState::enable_on_reboot;
}

}  // namespace xenlaunch
