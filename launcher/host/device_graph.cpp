#include "launcher/host/device_graph.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace xenlaunch {
namespace {

/// "0000:02:00.0", and "10000:e1:00.0" of a domain that Linux made (drivers/pci/controller/vmd.c).
bool is_pci_name(const std::string& name) {
  if (name.size() < 12) return false;
  const std::string_view tail = std::string_view{name}.substr(name.size() - 8);
  const auto hex = [](std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
  };
  return tail[0] == ':' && tail[3] == ':' && tail[6] == '.' && hex(tail.substr(1, 2)) &&
         hex(tail.substr(4, 2)) && hex(tail.substr(7)) &&
         hex(std::string_view{name}.substr(0, name.size() - 8));
}

/// The last function of `path` behind `bdf`; "" where there is none.
std::string last_function(const std::string& path, const std::string& bdf) {
  std::istringstream parts{path.substr(path.find("/" + bdf + "/") + bdf.size() + 2)};
  std::string last;
  for (std::string part; std::getline(parts, part, '/');)
    if (is_pci_name(part)) last = part;
  return last;
}

std::string shown(const DeviceNode& node) {
  return node.shown.empty() ? node.name : node.shown;
}

const DeviceNode* find(const std::string& name, const std::vector<DeviceNode>& nodes) {
  const auto found = std::ranges::find(nodes, name, &DeviceNode::name);
  return found == nodes.end() ? nullptr : &*found;
}

}  // namespace

bool is_below(const std::string& path, const std::string& bdf) {
  return path.find("/" + bdf + "/") != std::string::npos;
}

std::vector<Reached> reached_from(const std::string& bdf, const std::vector<DeviceNode>& nodes) {
  std::vector<Reached> all;
  std::set<std::string> seen;
  const auto reach = [&](const DeviceNode& node, std::vector<std::string> chain) {
    if (!seen.insert(node.name).second) return;
    chain.push_back(shown(node));
    all.push_back({node.name, std::move(chain)});
  };
  for (const DeviceNode& node : nodes) {
    const auto path = std::ranges::find_if(
        node.paths, [&bdf](const std::string& one) { return is_below(one, bdf); });
    if (node.is_part || path == node.paths.end()) continue;
    std::vector<std::string> chain{bdf};
    const std::string between = last_function(*path, bdf);
    if (!between.empty()) chain.push_back(between);
    reach(node, chain);
  }
  for (std::size_t at = 0; at < all.size(); ++at) {  // grows meanwhile
    const std::vector<std::string> chain = all[at].chain;
    for (const std::string& name : find(all[at].name, nodes)->above)
      if (const DeviceNode* above = find(name, nodes)) reach(*above, chain);
  }
  return all;
}

}  // namespace xenlaunch
