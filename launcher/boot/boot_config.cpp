#include "launcher/boot/boot_config.h"

#include <fmt/format.h>

#include <exception>

#include "base/error.h"
#include "launcher/boot/firmware_framebuffer.h"
#include "launcher/boot/grub_boot_config.h"
#include "launcher/boot/hiding.h"
#include "launcher/boot/xen_cmdline_boot_config.h"

namespace xenlaunch {

bool is_done(const BootChange& change, const BootLines& boot) {
  switch (change.kind) {
    case BootChange::Kind::hide:
      return is_hidden(boot, change.device);
    case BootChange::Kind::unhide:
      return !is_hidden(boot, change.device);
    case BootChange::Kind::disable_display:
      return !uses_display(boot) && keeps_framebuffers_off(boot.dom0);
    case BootChange::Kind::enable_display:
      break;
  }
  return uses_display(boot);
}

namespace {

/// Throws Error where something that we do not edit holds against the change.
void refuse_by_hand(const BootChange& change, const BootLines& before) {
  std::string reason;
  if (change.kind == BootChange::Kind::unhide) reason = hidden_by_hand(before, change.device);
  if (change.kind == BootChange::Kind::hide) reason = hide_in_the_way(before, change.device);
  if (!reason.empty()) throw Error{ExitCode::host, reason};
}

/// Which configuration holds after a change that failed.
std::string what_holds(BootConfig& config, const BootLines& before) {
  try {
    const BootLines now = config.next_boot();
    if (now == before) return "; the next boot is what it was";
    return fmt::format(
        "; the next boot is not what it was: Xen now gets '{}' and dom0 '{}', check that before "
        "you reboot",
        now.xen.value_or("(no Xen)"), now.dom0);
  } catch (const std::exception& error) {
    return std::string{"; what the next boot does is not known: "} + error.what();
  }
}

}  // namespace

BootLines ensure(BootConfig& config, const BootChange& change, Progress& progress) {
  config.recover(progress);
  const BootLines before = config.next_boot();
  if (config.has(change)) return before;
  try {
    refuse_by_hand(change, before);
    config.change(change, progress);
  } catch (const std::exception& error) {
    throw Error{ExitCode::host, std::string{"cannot change the boot configuration: "} +
                                    error.what() + what_holds(config, before)};
  }
  return config.next_boot();
}

std::unique_ptr<BootConfig> find_boot_config(const std::filesystem::path& root,
                                             const std::string& xen_cmdline, Programs& programs) {
  std::error_code ignored;
  if (root == "/" && std::filesystem::exists(xen_cmdline, ignored))
    return std::make_unique<XenCmdlineBootConfig>(
        xen_cmdline, "/var/lib/xenlaunch/xen-cmdline-consoles.json", programs);
  if (std::filesystem::exists(root / "boot/grub/grub.cfg", ignored))
    return std::make_unique<GrubBootConfig>(root, programs);
  return nullptr;
}

}  // namespace xenlaunch
