#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/pci_address.h"
#include "base/progress.h"
#include "launcher/config/host_settings.h"

namespace xenlaunch {

/// What the command line said.
struct Options {
  bool quiet = false;
  bool verbose = false;
  bool json = false;
  bool dry_run = false;
  bool paused = false;
  std::string format;
  std::string root = "/";
  std::string vm_file;
  std::string xl_file;        ///< of import
  bool check_import = false;  ///< of import: tell of each key, and make no VM file
  std::string bdf;
  std::string folder;   ///< of host copy
  std::string picture;  ///< the file that screenshot makes
  std::string vm;       ///< the name of one that runs
  std::string events;
  std::string target;       ///< of disk: one of the VM's CD-ROM drives
  std::string image;        ///< of disk insert
  bool force_tray = false;  ///< of disk: although the guest has it locked
  bool unpause = false;
  bool force_assign = false;   ///< of pci assign: although dom0 needs what is on the device
  bool force_restore = false;  ///< of pci restore: although it was not reset after a guest
  bool force = true;      ///< of stop and reboot: what the guest does not do in time is done to it
  unsigned timeout = 60;  ///< in seconds, for that
  unsigned lines = 0;     ///< of a log; 0: all
  std::optional<unsigned> domid;
  unsigned ready_timeout = 60;
};

/// Why no VM can have this name; empty where one can. Whatever the command, it becomes part of
/// paths.
std::string refuse_vm_name(const std::string& name);

/// The command's BDF. Throws Error (ExitCode::usage) where it is no PCI address.
PciAddress pci_address(const Options& options);

/// Throws Error (ExitCode::usage) "cannot ACTION below --root: …" where the command is not to work
/// on the host that it runs on.
void refuse_copy(const Options& options, const std::string& action, const std::string& remedy = {});

/// Where the host below --root has its settings.
std::filesystem::path host_settings_file(const Options& options);

/// The settings of the host below --root: etc/xenlaunch/host.yaml, or the defaults where it is
/// missing, with what that host's Xen says of itself. Throws Error (ExitCode::host) also where
/// those of this host are not root's alone to say.
HostSettings host_settings(const Options& options);

/// The same, but a warning and the defaults where they are not root's alone to say: for what gives
/// back, which is better than not to.
HostSettings host_settings_if_trusted(const Options& options, Progress& progress);

/// Throws Refused (not_trusted) where others could have written the VM file of this host.
void require_trusted_vm_file(const Options& options, const HostSettings& settings);

}  // namespace xenlaunch
