#include "launcher/host/dom0_needs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "launcher/host/block_needs.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/network_needs.h"
#include "launcher/host/sysfs.h"

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

/// Each part is read when the first function asks for it: a look at every process is the dear one.
class NeedsReader {
 public:
  explicit NeedsReader(const fs::path& root)
      : root_{root},
        disk_links_{read_class_links(root / "sys/class/block")},
        interface_links_{read_class_links(root / "sys/class/net")} {}

  /// What lies behind one function, or another device that has `bdf` as its folder's name.
  std::vector<Dom0Need> of(const std::string& bdf) {
    const bool has_interface = any_below(interface_links_, bdf);
    std::vector<Dom0Need> needs;
    if (any_below(disk_links_, bdf) || (has_interface && has_network_disks()))
      needs = of_disks(bdf);
    if (has_interface)
      for (Dom0Need& need : network_needs(bdf, network_interfaces(), *network_users_))
        needs.push_back(std::move(need));
    return needs;
  }

 private:
  std::vector<Dom0Need> of_disks(const std::string& bdf) {
    if (!block_users_) {
      block_users_ = read_block_users(root_);
      const std::vector<DeviceNode>& interfaces = network_interfaces();
      block_users_->routes = network_users_->routes;
      devices_ = with_interfaces(read_block_devices(root_), interfaces, block_users_->routes);
    }
    return block_needs(bdf, devices_, *block_users_, asker(root_, *block_users_));
  }
  bool has_network_disks() {
    if (!network_disks_) network_disks_ = xenlaunch::has_network_disks(root_);
    return *network_disks_;
  }

  /// Also who depends on them.
  const std::vector<DeviceNode>& network_interfaces() {
    if (!network_users_) {
      network_users_ = read_network_users(root_);
      interfaces_ = read_network_interfaces(root_);
    }
    return interfaces_;
  }

  fs::path root_;
  Links disk_links_;
  Links interface_links_;
  std::vector<BlockDevice> devices_;
  std::optional<BlockUsers> block_users_;
  std::vector<DeviceNode> interfaces_;
  std::optional<NetworkUsers> network_users_;
  std::optional<bool> network_disks_;
};

}  // namespace

Dom0Needs read_dom0_needs(const fs::path& root, const std::vector<PciFunction>& functions) {
  Dom0Needs all;
  if (functions.empty()) return all;
  NeedsReader reader{root};
  for (const PciFunction& function : functions) {
    const std::string bdf = function.address.to_string();
    std::vector<Dom0Need> needs = reader.of(bdf);
    // They end when the function's driver is taken from it, and stand beside it in sysfs.
    for (const PciAddress& vf : virtual_functions_of(root, function.address))
      for (Dom0Need& need : reader.of(vf.to_string())) {
        need.chain.insert(need.chain.begin(), bdf);
        needs.push_back(std::move(need));
      }
    if (!needs.empty()) all.emplace(function.address, std::move(needs));
  }
  return all;
}

UsbNeeds read_usb_needs(const fs::path& root, const std::vector<UsbPort>& ports) {
  UsbNeeds all;
  if (ports.empty()) return all;
  NeedsReader reader{root};
  for (const UsbPort& port : ports)
    if (std::vector<Dom0Need> needs = reader.of(port.to_string()); !needs.empty())
      all.emplace(port, std::move(needs));
  return all;
}

void leave_root_only(Dom0Needs& needs) {
  for (auto& [function, its] : needs)
    std::erase_if(its,
                  [](const Dom0Need& need) { return need.kind != Dom0NeedKind::root_file_system; });
}

}  // namespace xenlaunch
