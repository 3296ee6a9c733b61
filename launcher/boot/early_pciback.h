#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "base/progress.h"
#include "launcher/host/program.h"

namespace xenlaunch {

/// Makes a xen-pciback that is a module load before the drivers of hidden devices, or its parameter
/// `hide` comes too late: a softdep for each of those drivers in /etc/modprobe.d, and the module in
/// the initramfs, loaded there (force_load of initramfs-tools' hook-functions, force_drivers of
/// dracut.conf(5)).
class EarlyPciback {
 public:
  EarlyPciback(std::filesystem::path root, Programs& programs)
      : root_{std::move(root)}, programs_{programs} {}

  /// Brings both in line with the devices that the kernel `release` ("6.1.0-28-amd64") is to hide;
  /// none: takes both away. Does nothing where all is so already, or where that kernel has
  /// xen-pciback built in. Throws Error (ExitCode::host), with everything as it was.
  void arrange(const std::vector<PciAddress>& hidden, const std::string& release,
               Progress& progress);

 private:
  /// A list below /lib/modules/RELEASE, "" where it is missing.
  std::string modules(const char* list, const std::string& release) const;
  bool is_module(const std::string& release) const;
  std::vector<std::string> drivers_of(const PciAddress& device, const std::string& release,
                                      Progress& progress);
  std::string softdeps(const std::vector<PciAddress>& hidden, const std::string& release,
                       Progress& progress);
  void update_initramfs(Progress& progress);

  std::filesystem::path root_;
  Programs& programs_;
};

}  // namespace xenlaunch
