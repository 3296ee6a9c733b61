#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/pci_address.h"
#include "base/progress.h"
#include "launcher/boot/boot_state.h"
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
  virtual BootLines next_boot() = 0;
  /// The release of the kernel that the next boot starts, "6.1.0-28-amd64"; "" where not known.
  virtual std::string next_release() { return ""; }
  /// What the next boot starts in place of Xen, and what decides that; asked where it starts none.
  virtual NoXen why_no_xen() {
    return {"the next boot starts no Xen", "make the Xen entry the default of the boot menu"};
  }

  // The caller of these holds the lock on the boot configuration.
  /// Finishes or undoes what a change that was killed half-way has left behind.
  virtual void recover(Progress& progress) = 0;
  /// Whether nothing is left to be done for the change.
  virtual bool has(const BootChange& change) { return is_done(change, next_boot()); }
  /// Makes the next boot have what the change wants, as a whole. Throws Error (ExitCode::host), the
  /// reason alone, after it has put everything back as far as that was possible.
  virtual void change(const BootChange& change, Progress& progress) = 0;
};

/// Makes the change unless the next boot has it already; what the next boot starts with then. The
/// caller holds the lock. Throws Error (ExitCode::host) "cannot change the boot configuration:
/// REASON", and which configuration holds now.
BootLines ensure(BootConfig& config, const BootChange& change, Progress& progress);

/// The boot configuration of the host below `root`: xen-cmdline where the program `xen_cmdline` is
/// there, else GRUB where grub.cfg is; null where there is neither. Of a host below another root
/// than "/" no program is run: it is GRUB's configuration, which XenServer has too.
std::unique_ptr<BootConfig> find_boot_config(const std::filesystem::path& root,
                                             const std::string& xen_cmdline, Programs& programs);

}  // namespace xenlaunch
