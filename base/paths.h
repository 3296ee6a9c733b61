#pragma once

#include <filesystem>
#include <string>

namespace xenlaunch {

/// Where things of ours are on a host.
struct Directories {
  /// Below it each VM has a folder while it lives: gone with the host's power, as what it tells of
  /// is.
  std::filesystem::path state = "/run/xenlaunch";
  /// The locks of every launcher. No VM's name begins with a dot.
  std::filesystem::path locks = "/run/xenlaunch/.locks";
  std::filesystem::path logs = "/var/log/xenlaunch";
  /// Which devices were chosen for a VM, a file for each: for its next start, also in the host's
  /// next boot.
  std::filesystem::path chosen = "/var/lib/xenlaunch/devices";

  /// What each QEMU has said that it can, for root alone.
  std::filesystem::path qemu_answers() const { return state / ".qemu"; }

  /// What a VM's launcher and its QEMU say.
  std::filesystem::path log(const std::string& vm) const { return logs / (vm + ".log"); }
};

}  // namespace xenlaunch
