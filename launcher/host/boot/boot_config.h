#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "launcher/base/pci_address.h"
#include "launcher/base/progress.h"
#include "launcher/host/boot/boot_state.h"
#include "launcher/host/program.h"

namespace xenlaunch {

/// One edit of the boot configuration.
struct BootChange {
  enum class Kind { hide, unhide, disable_display, enable_display };
  Kind kind{};
  PciAddress device;  ///< of hide and unhide
};

/// Whether such a boot has what the change wants.
bool is_done(const BootChange& change, const BootLines& boot);

/// What the next boot will start with, and the way to change it.
class BootConfig {
 public:
  virtual ~BootConfig() = default;
  virtual std::string name() const = 0;  ///< "GRUB", "xen-cmdline"
  virtual BootLines next_boot() = 0;
  /// Makes the next boot have what the change wants; the caller holds the lock, and it was not done
  /// before. Either the whole change is made or, with an Error (ExitCode::host) that says so, none
  /// of it. What an earlier change that was killed half-way has left behind is undone first.
  virtual void change(const BootChange& change, Progress& progress) = 0;
};

/// Makes the change unless the next boot has it already; what the next boot starts with then. The
/// caller holds the lock.
BootLines ensure(BootConfig& config, const BootChange& change, Progress& progress);

/// The boot configuration of the host below `root`: xen-cmdline where the program `xen_cmdline` is
/// there, else GRUB where grub.cfg is; null where there is neither. Of a host below another root
/// than "/" no program is run: it is GRUB's configuration, which XenServer has too.
std::unique_ptr<BootConfig> find_boot_config(const std::filesystem::path& root,
                                             const std::string& xen_cmdline, Programs& programs);

}  // namespace xenlaunch
