#pragma once

#include <optional>
#include <string>

#include "launcher/base/pci_address.h"
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
  std::string bdf;
  std::optional<unsigned> domid;
  unsigned ready_timeout = 60;
};

/// The command's BDF. Throws Error (ExitCode::usage) where it is no PCI address.
PciAddress pci_address(const Options& options);

/// The settings of the host below --root: etc/xenlaunch/host.yaml, or the defaults where it is
/// missing.
HostSettings host_settings(const Options& options);

}  // namespace xenlaunch
