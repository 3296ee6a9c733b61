#pragma once

#include <string>
#include <vector>

namespace xenlaunch {

/// A block device or network interface, and what lies on it.
struct DeviceNode {
  std::string name;   ///< the kernel's: "dm-0"
  std::string shown;  ///< as people know it: "luks-root"; "" where that is the name
  /// Where it is below /sys/devices: "devices/pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0/…".
  /// More than one where more controllers lead to it.
  std::vector<std::string> paths;
  bool is_part = false;            ///< a partition: it is reached through its disk
  std::vector<std::string> above;  ///< names of those that lie on it: partitions, LVM, bridges
  friend bool operator==(const DeviceNode&, const DeviceNode&) = default;
};

/// A device that lies behind a PCI function, and the shortest way to it.
struct Reached {
  std::string name;
  std::vector<std::string> chain;  ///< "0000:02:00.0", "nvme0n1", "luks-root"
  friend bool operator==(const Reached&, const Reached&) = default;
};

/// Whether `path` leads over the function.
bool is_below(const std::string& path, const std::string& bdf);

/// All that lies behind the function `bdf`, nearest first. Where other functions are between the
/// two (behind a bridge, a VMD controller), the last one stands in the chain.
std::vector<Reached> reached_from(const std::string& bdf, const std::vector<DeviceNode>& nodes);

}  // namespace xenlaunch
