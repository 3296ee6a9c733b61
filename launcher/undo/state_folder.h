#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/plan/chosen_devices.h"

namespace xenlaunch {

/// The folder of one VM, or of one device while it is assigned or restored (device_folder):
/// `journal`, `vm.yaml` (the VM file as it was read at the start), `devices` (which of the host's
/// each entry of `pci` in it is) and, while somebody has asked for its end, `stop-requested`.
class StateFolder {
 public:
  StateFolder(const std::filesystem::path& directory, const std::string& vm);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path journal() const { return path_ / "journal"; }
  std::filesystem::path vm_file() const { return path_ / "vm.yaml"; }

  bool exists() const;
  /// Makes the folder, for root alone, with the VM file and its devices in it if there is one.
  /// Throws Error (ExitCode::host), also where it is there already.
  void make(const std::optional<std::string>& vm_file_text = {},
            const ChosenDevices& devices = {}) const;
  /// Removes it with all that is in it. Fine where it is not there. Throws Error (ExitCode::host).
  void remove() const;

  /// The text of the journal; nullopt where there is none. Throws Error (ExitCode::host) where it
  /// is not root's own plain file: then somebody else has written it.
  std::optional<std::string> read_journal() const;

  /// The VM's devices; nullopt where a launcher has made the folder that did not write them down.
  /// Throws Error (ExitCode::host) as read_journal, and where they are garbled.
  std::optional<ChosenDevices> read_devices() const;

  /// Whether the VM's next end is its last, whatever its VM file says.
  bool stop_requested() const;
  void request_stop(bool requested) const;

 private:
  std::filesystem::path devices() const { return path_ / "devices"; }

  std::filesystem::path path_;
};

/// The VMs that have a folder, by name.
std::vector<std::string> vms_with_state(const std::filesystem::path& directory);

/// The folder's name of a device, which no VM can have: theirs do not begin with a dot.
std::string device_folder(const PciAddress& device);
/// The devices that have a folder, in order.
std::vector<PciAddress> devices_with_state(const std::filesystem::path& directory);

/// Tells this boot of the host from every other.
std::string boot_id();

}  // namespace xenlaunch
