#pragma once

#include <filesystem>
#include <string>

// Where things of ours are on a host.

namespace xenlaunch {

/// Below it each VM has a folder while it lives: gone with the host's power, as what it tells of
/// is.
inline constexpr const char* state_directory = "/run/xenlaunch";

/// Where every launcher of this host has its locks. No VM's name begins with a dot.
inline constexpr const char* lock_directory = "/run/xenlaunch/.locks";

inline constexpr const char* log_directory = "/var/log/xenlaunch";

/// What a VM's launcher and its QEMU say.
inline std::filesystem::path log_path(const std::filesystem::path& directory,
                                      const std::string& vm) {
  return directory / (vm + ".log");
}

/// The three of them, as those get them who can be given others.
struct Directories {
  std::filesystem::path state = state_directory;
  std::filesystem::path locks = lock_directory;
  std::filesystem::path logs = log_directory;

  std::filesystem::path log(const std::string& vm) const { return log_path(logs, vm); }
};

}  // namespace xenlaunch
