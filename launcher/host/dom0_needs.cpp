#include "launcher/host/dom0_needs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "launcher/host/block_needs.h"
#include "launcher/host/network_needs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

using Links = std::map<std::string, std::string>;

bool any_below(const Links& links, const std::string& bdf) {
  return std::ranges::any_of(links,
                             [&bdf](const auto& link) { return is_below(link.second, bdf); });
}

/// In a copy nothing can be asked; of a pool, which sysfs does not tell of either, that matters.
AskClaim asker(const fs::path& root, const BlockUsers& users) {
  if (root == "/") return ask_claim;
  const bool any_zfs = std::ranges::count(users.mounts, "zfs", &Mount::type) > 0;
  return [any_zfs](const BlockDevice&) { return any_zfs ? Claim::not_known : Claim::free; };
}

/// Read when the first function with a disk asks: a look at every process is the dear part.
class BlockReader {
 public:
  explicit BlockReader(const fs::path& root) : root_{root} {}
  std::vector<Dom0Need> needs(const std::string& bdf) {
    if (!users_) {
      users_ = read_block_users(root_);
      devices_ = read_block_devices(root_);
    }
    return block_needs(bdf, devices_, *users_, asker(root_, *users_));
  }

 private:
  fs::path root_;
  std::vector<BlockDevice> devices_;
  std::optional<BlockUsers> users_;
};

class NetworkReader {
 public:
  explicit NetworkReader(const fs::path& root) : root_{root} {}
  std::vector<Dom0Need> needs(const std::string& bdf) {
    if (!users_) {
      users_ = read_network_users(root_);
      nodes_ = read_network_interfaces(root_);
    }
    return network_needs(bdf, nodes_, *users_);
  }

 private:
  fs::path root_;
  std::vector<DeviceNode> nodes_;
  std::optional<NetworkUsers> users_;
};

}  // namespace

Dom0Needs read_dom0_needs(const fs::path& root, const std::vector<PciFunction>& functions) {
  Dom0Needs all;
  if (functions.empty()) return all;
  const Links disks = read_class_links(root / "sys/class/block");
  const Links interfaces = read_class_links(root / "sys/class/net");
  BlockReader block{root};
  NetworkReader network{root};
  for (const PciFunction& function : functions) {
    const std::string bdf = function.address.to_string();
    std::vector<Dom0Need> needs;
    if (any_below(disks, bdf)) needs = block.needs(bdf);
    if (any_below(interfaces, bdf))
      for (Dom0Need& need : network.needs(bdf)) needs.push_back(std::move(need));
    if (!needs.empty()) all.emplace(function.address, std::move(needs));
  }
  return all;
}

void leave_root_only(Dom0Needs& needs) {
  for (auto& [function, its] : needs)
    std::erase_if(its,
                  [](const Dom0Need& need) { return need.kind != Dom0NeedKind::root_file_system; });
}

}  // namespace xenlaunch
