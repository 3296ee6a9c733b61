#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace xenlaunch {

/// Copies folders and links of sysfs, and of each device the attributes that any command reads.
class DeviceTreeCopy {
 public:
  DeviceTreeCopy(std::filesystem::path root, std::filesystem::path copy)
      : root_{std::move(root)}, copy_{std::move(copy)} {}

  /// The entries of a folder as /sys/bus/pci/devices or /sys/class/net, and the devices that they
  /// lead to. How many files, links and folders that made.
  std::size_t entries_of(const std::filesystem::path& folder);
  /// A link as it is, and the device that it leads to, where that is one.
  void link(const std::filesystem::path& path);
  /// A device and all below it, once.
  void device(const std::filesystem::path& path);

 private:
  std::filesystem::path in_copy(const std::filesystem::path& path) const;
  std::string rom_of(const std::filesystem::path& path, const std::string& bytes) const;
  void attribute(const std::filesystem::path& path);
  void folder(const std::filesystem::path& path);

  std::filesystem::path root_;
  std::filesystem::path copy_;
  std::set<std::filesystem::path> seen_;
  std::size_t made_ = 0;
};

/// The first bytes of a file, with one read; nullopt where it cannot be read.
std::optional<std::string> first_bytes(const std::filesystem::path& file, std::size_t most);

/// Makes a folder of a copy, and says whether it is new. Throws Error (ExitCode::host), also where
/// a link of the copy would lead elsewhere.
bool make_folder_in_copy(const std::filesystem::path& folder);

/// Writes a file of a copy, with its folders. Throws Error (ExitCode::host) likewise.
void write_copy(const std::filesystem::path& file, std::string_view bytes);

}  // namespace xenlaunch
