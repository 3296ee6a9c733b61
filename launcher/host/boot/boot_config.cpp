#include "launcher/host/boot/boot_config.h"

#include "launcher/host/boot/grub_boot_config.h"
#include "launcher/host/boot/xen_cmdline_boot_config.h"

namespace xenlaunch {

bool is_done(const BootChange& change, const BootLines& boot) {
  switch (change.kind) {
    case BootChange::Kind::hide:
      return is_hidden(boot, change.device);
    case BootChange::Kind::unhide:
      return !is_hidden(boot, change.device);
    case BootChange::Kind::disable_display:
      return !uses_display(boot);
    case BootChange::Kind::enable_display:
      break;
  }
  return uses_display(boot);
}

BootLines ensure(BootConfig& config, const BootChange& change, Progress& progress) {
  if (!is_done(change, config.next_boot())) config.change(change, progress);
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
