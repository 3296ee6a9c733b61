#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "base/pci_address.h"
#include "base/progress.h"
#include "launcher/plan/chosen_devices.h"

namespace xenlaunch {

/// What was chosen for each VM the last time, a file by its name in one folder: it outlives the
/// VM and the host's boot.
class LastChoices {
 public:
  explicit LastChoices(std::filesystem::path folder);

  /// Nothing where there is no such file. One that is not as `remember` writes it, or that others
  /// can write to, is told of and counts as none.
  ChosenDevices of(const std::string& vm, Progress& progress) const;
  std::set<PciAddress> of_others(const std::string& vm) const;
  /// A failure is told of: the next start can do without.
  void remember(const std::string& vm, const ChosenDevices& chosen, Progress& progress) const;

 private:
  std::filesystem::path file_of(const std::string& vm) const;
  ChosenDevices read(const std::string& vm) const;
  bool is_kept(const std::string& vm, const ChosenDevices& chosen) const;

  std::filesystem::path folder_;
};

}  // namespace xenlaunch
