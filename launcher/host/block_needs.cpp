#include "launcher/host/block_needs.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

namespace xenlaunch {
namespace {

/// In front of the name of an interface, which may be that of a disk: no disk's has a slash.
const std::string of_interface = "net/";

/// A node may have either name: without udev, dmsetup makes one in /dev/mapper.
bool is_node_of(const std::string& path, const BlockDevice& device) {
  const std::string& shown = device.node.shown;
  return path == "/dev/" + device.node.name ||
         (!shown.empty() && (path == "/dev/mapper/" + shown || path == "/dev/" + shown));
}

/// The devices that a file system without a number of its own names: bcachefs has more, "A:B".
bool names(const std::string& source, const BlockDevice& device) {
  std::istringstream parts{source};
  for (std::string part; std::getline(parts, part, ':');)
    if (is_node_of(part, device)) return true;
  return false;
}

/// The mounts that the layers of "/" lie on; where that is not told of any, all of them.
std::vector<const Mount*> mounts_of_layers(const std::vector<Mount>& mounts) {
  std::vector<const Mount*> found;
  if (!root_is_layered(mounts)) return found;
  for (const std::string& layer : mount_of("/", mounts)->layers)
    if (const Mount* mount = mount_of(layer, mounts); mount != nullptr && mount->point != "/")
      found.push_back(mount);
  if (found.empty())
    for (const Mount& mount : mounts) found.push_back(&mount);
  return found;
}

Dom0NeedKind kind_of(const Mount& mount, const std::vector<const Mount*>& layers) {
  if (mount.point == "/" || std::ranges::find(layers, &mount) != layers.end())
    return Dom0NeedKind::root_file_system;
  const bool boot = mount.point == "/boot" || mount.point.starts_with("/boot/");
  return boot ? Dom0NeedKind::boot : Dom0NeedKind::mounted;
}

class BlockNeeds {
 public:
  BlockNeeds(const std::vector<BlockDevice>& devices, const BlockUsers& users, const AskClaim& ask)
      : devices_{devices}, users_{users}, ask_{ask}, layers_{mounts_of_layers(users.mounts)} {}

  std::vector<Dom0Need> below(const std::string& bdf);

 private:
  const BlockDevice& device(const std::string& name) const {
    return *std::ranges::find(
        devices_, name, [](const BlockDevice& one) -> const std::string& { return one.node.name; });
  }
  bool holds(const Mount& mount, const BlockDevice& device) const;
  /// The devices of the btrfs that `device` is a part of, itself among them.
  std::vector<std::string> btrfs_of(const BlockDevice& device) const;
  bool root_is_btrfs_of_nobody() const;
  const Mount* best_mount_on(const BlockDevice& device) const;
  std::vector<DeviceNode> nodes_with_loops() const;
  std::vector<Dom0Need> of(const BlockDevice& device, const std::vector<std::string>& chain) const;
  void add_claim(std::vector<Dom0Need>& needs, const BlockDevice& device,
                 const std::vector<std::string>& chain) const;

  const std::vector<BlockDevice>& devices_;
  const BlockUsers& users_;
  const AskClaim& ask_;
  std::vector<const Mount*> layers_;
};

std::vector<std::string> BlockNeeds::btrfs_of(const BlockDevice& device) const {
  for (const auto& [uuid, members] : users_.btrfs)
    if (std::ranges::find(members, device.node.name) != members.end()) return members;
  return {};
}

bool BlockNeeds::holds(const Mount& mount, const BlockDevice& device) const {
  if (device.is_interface)
    return !mount.server.empty() &&
           of_interface + interface_to(mount.server, users_.routes) == device.node.name;
  if (!mount.number.empty() && mount.number == device.number) return true;
  if (mount.type == "zfs")
    return !device.pool.empty() && (mount.source + "/").starts_with(device.pool + "/");
  // Of the others the number says it, and a source may be any text.
  const bool by_source = mount.number.empty() || mount.type == "btrfs" || mount.type == "bcachefs";
  if (by_source && names(mount.source, device)) return true;
  if (mount.type != "btrfs") return false;
  const std::vector<std::string> members = btrfs_of(device);
  return std::ranges::any_of(devices_, [&](const BlockDevice& other) {
    return std::ranges::find(members, other.node.name) != members.end() &&
           names(mount.source, other);
  });
}

const Mount* BlockNeeds::best_mount_on(const BlockDevice& device) const {
  const Mount* best = nullptr;
  const auto rank = [this](const Mount& mount) {
    return std::pair{kind_of(mount, layers_), mount.point.size()};
  };
  for (const Mount& mount : users_.mounts)
    if (holds(mount, device) && (best == nullptr || rank(mount) < rank(*best))) best = &mount;
  return best;
}

/// With each loop device above what its file lies on.
std::vector<DeviceNode> BlockNeeds::nodes_with_loops() const {
  std::vector<std::pair<const BlockDevice*, const Mount*>> loops;
  for (const BlockDevice& device : devices_)
    if (!device.backing_file.empty())
      loops.emplace_back(&device, mount_of(device.backing_file, users_.mounts));
  std::vector<DeviceNode> nodes;
  for (const BlockDevice& device : devices_) {
    nodes.push_back(device.node);
    for (const auto& [loop, mount] : loops)
      if (is_node_of(loop->backing_file, device) || (mount != nullptr && holds(*mount, device)))
        nodes.back().above.push_back(loop->node.name);
  }
  return nodes;
}

void BlockNeeds::add_claim(std::vector<Dom0Need>& needs, const BlockDevice& device,
                           const std::vector<std::string>& chain) const {
  const Claim claim = ask_(device);
  if (claim == Claim::free) return;
  if (claim == Claim::not_known)
    needs.push_back({Dom0NeedKind::not_known, chain});
  else  // A pool of which udev knows nothing may be that of the root file system.
    needs.push_back(
        {root_is_on_zfs(users_.mounts) ? Dom0NeedKind::root_file_system : Dom0NeedKind::claimed,
         chain});
}

bool BlockNeeds::root_is_btrfs_of_nobody() const {
  const Mount* root = mount_of("/", users_.mounts);
  return root != nullptr && root->type == "btrfs" &&
         std::ranges::none_of(devices_, [&](const BlockDevice& one) { return holds(*root, one); });
}

std::vector<Dom0Need> BlockNeeds::of(const BlockDevice& device,
                                     const std::vector<std::string>& chain) const {
  std::vector<Dom0Need> needs;
  const auto add = [&](Dom0NeedKind kind, std::vector<std::string> ends) {
    needs.push_back({kind, chain});
    needs.back().chain.insert(needs.back().chain.end(), ends.begin(), ends.end());
  };
  if (const Mount* mount = best_mount_on(device)) {
    if (mount->type == "zfs")
      add(kind_of(*mount, layers_), {device.pool, mount->point});
    else
      add(kind_of(*mount, layers_), {mount->point});
  } else if (!btrfs_of(device).empty()) {  // in another mount namespace than ours, or as /dev/root
    add(root_is_btrfs_of_nobody() ? Dom0NeedKind::root_file_system : Dom0NeedKind::mounted,
        {"btrfs"});
  }
  for (const std::string& swap : users_.swaps)
    if (is_node_of(swap, device)) add(Dom0NeedKind::swap, {"swap"});
  for (const BlockUsers::User& user : users_.users)
    if (user.device == device.number || is_node_of(user.device, device)) add(user.kind, {user.who});
  return needs;
}

std::vector<Dom0Need> BlockNeeds::below(const std::string& bdf) {
  std::vector<Dom0Need> all;
  const std::vector<DeviceNode> nodes = nodes_with_loops();
  for (const Reached& reached : reached_from(bdf, nodes)) {
    const BlockDevice& found = device(reached.name);
    std::vector<Dom0Need> needs = of(found, reached.chain);
    const bool is_leaf = std::ranges::find(nodes, reached.name, &DeviceNode::name)->above.empty();
    if (needs.empty() && is_leaf && !found.is_interface) add_claim(needs, found, reached.chain);
    all.insert(all.end(), needs.begin(), needs.end());
  }
  std::ranges::stable_sort(all, {}, &Dom0Need::kind);
  // Beside what the host cannot do without, each further file system would only hide that.
  const bool is_vital = !all.empty() && all.front().kind <= Dom0NeedKind::boot;
  if (is_vital)
    std::erase_if(all, [](const Dom0Need& need) { return need.kind == Dom0NeedKind::mounted; });
  return all;
}

}  // namespace

std::vector<BlockDevice> with_interfaces(std::vector<BlockDevice> devices,
                                         const std::vector<DeviceNode>& interfaces,
                                         const std::vector<Route>& routes) {
  std::vector<BlockDevice> all;
  for (const DeviceNode& interface : interfaces) {
    BlockDevice named{.node = interface, .is_interface = true};
    if (named.node.shown.empty()) named.node.shown = interface.name;
    named.node.name = of_interface + interface.name;
    for (std::string& above : named.node.above) above = of_interface + above;
    all.push_back(std::move(named));
    for (const BlockDevice& device : devices)
      for (const std::string& server : device.servers)
        if (interface_to(server, routes) == interface.name)
          all.back().node.above.push_back(device.node.name);
  }
  std::ranges::move(devices, std::back_inserter(all));
  return all;
}

std::vector<Dom0Need> block_needs(const std::string& bdf, const std::vector<BlockDevice>& devices,
                                  const BlockUsers& users, const AskClaim& ask) {
  return BlockNeeds{devices, users, ask}.below(bdf);
}

}  // namespace xenlaunch
