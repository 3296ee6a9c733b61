#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// A mounted file system.
struct Mount {
  std::string number;  ///< "259:2"; "0:41" where no one device has it all; "" where it is not told
  std::string point;   ///< "/boot"
  std::string type;    ///< "ext4"
  std::string source;  ///< "/dev/mapper/vg-root", "rpool/ROOT/debian"
  std::string server;  ///< address of a network file system's: "192.0.2.7"
  std::vector<std::string> layers{};  ///< the folders that an overlay is made of
  bool is_read_only = false;          ///< here, wherever else it is mounted
  friend bool operator==(const Mount&, const Mount&) = default;
};

/// /proc/PID/mountinfo (show_mountinfo of Linux fs/proc_namespace.c). Lines that are none are left
/// out.
std::vector<Mount> parse_mountinfo(std::string_view text);

/// /proc/mounts (show_vfsmnt, there), which tells no numbers.
std::vector<Mount> parse_mounts(std::string_view text);

/// The files and devices that /proc/swaps names (swap_show of Linux mm/swapfile.c).
std::vector<std::string> parse_swaps(std::string_view text);

/// The mount point that `path` lies below, or is: the longest, and of several
/// the last, which is what is seen; null where there is none.
const Mount* mount_of(std::string_view path, const std::vector<Mount>& mounts);

/// Whether "/" is made of other file systems of these mounts, as a live system's is.
bool root_is_layered(const std::vector<Mount>& mounts);

/// Whether "/" is a ZFS file system.
bool root_is_on_zfs(const std::vector<Mount>& mounts);

}  // namespace xenlaunch
