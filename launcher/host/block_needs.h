#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "launcher/host/device_graph.h"
#include "launcher/host/dom0_need.h"
#include "launcher/host/mount_table.h"
#include "launcher/host/route_table.h"

namespace xenlaunch {

struct BlockDevice {
  DeviceNode node;
  bool is_interface = false;         ///< of the network: none itself, but disks may come over it
  std::string number;                ///< "259:2"
  std::string backing_file;          ///< of a loop device
  std::vector<std::string> servers;  ///< addresses of those that an iSCSI or NVMe disk comes from
  std::string pool;                  ///< the ZFS pool that udev knows it to be a part of
  friend bool operator==(const BlockDevice&, const BlockDevice&) = default;
};

/// Whether nothing else can have a device; asked of those whose use is not known.
enum class Claim { free, taken, not_known };
using AskClaim = std::function<Claim(const BlockDevice&)>;

/// What says of block devices who uses them.
struct BlockUsers {
  std::vector<Route> routes;
  std::vector<Mount> mounts;  ///< their sources, and the swaps, as the node itself: "/dev/dm-0"
  std::vector<std::string> swaps;
  /// The devices of each mounted btrfs, by its UUID.
  std::map<std::string, std::vector<std::string>> btrfs;
  struct User {
    Dom0NeedKind kind{};
    std::string device;  ///< "259:2", or its node's path
    std::string who;     ///< "domain 3", "smartd (process 812)"
    friend bool operator==(const User&, const User&) = default;
  };
  std::vector<User> users;
};

/// `devices` with the network interfaces as the lowest of them, each below the disks that come over
/// it.
std::vector<BlockDevice> with_interfaces(std::vector<BlockDevice> devices,
                                         const std::vector<DeviceNode>& interfaces,
                                         const std::vector<Route>& routes);

/// What dom0 needs of the block devices behind `bdf`: of a file system the mount point that says
/// the most, of a device in use by none of these what `ask` answers.
std::vector<Dom0Need> block_needs(const std::string& bdf, const std::vector<BlockDevice>& devices,
                                  const BlockUsers& users, const AskClaim& ask);

/// The block devices of the host below `root`, and what lies on which: partitions, holders (device
/// mapper, md; bd_link_disk_holder of Linux block/holder.c), what bcache caches, disks that more
/// NVMe controllers lead to. Not those that sysfs has as a plain folder.
std::vector<BlockDevice> read_block_devices(const std::filesystem::path& root);

/// Those links of `folder`, a class of sysfs, that lead to a device: "devices/pci0000:00/…", by
/// name. None where a copy has plain folders instead.
std::map<std::string, std::string> read_class_links(const std::filesystem::path& folder);

/// Whether a network interface may have disks or file systems behind it.
bool has_network_disks(const std::filesystem::path& root);

/// Mounts (of this process and of init), swap, btrfs, backends of VMs and open files.
BlockUsers read_block_users(const std::filesystem::path& root);

/// Opens it for itself alone, reads nothing, and closes it: what a mounted file system, a member of
/// a pool or array, or swap is refuses that (bd_may_claim of Linux block/bdev.c).
Claim ask_claim(const BlockDevice& device);

}  // namespace xenlaunch
