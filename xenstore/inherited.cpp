#include "xenstore/inherited.h"

#include <algorithm>
#include <string_view>

namespace xenlaunch {
namespace {

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
}

}  // namespace

Inherited::Permissions Inherited::permissions_of(const Node& node, std::uint32_t guest) {
  return {node.access, node.access == Access::dom0_only ? 0 : guest};
}

bool Inherited::covers(const Node& node, std::uint32_t guest) const {
  std::string_view path = node.path;
  for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
       slash = path.rfind('/')) {
    path = path.substr(0, slash);
    const auto found = set_.find(path);
    if (found != set_.end()) return found->second == permissions_of(node, guest);
  }
  return false;
}

void Inherited::add(const Node& node, std::uint32_t guest) {
  set_.insert_or_assign(node.path, permissions_of(node, guest));
}

std::vector<std::string> Inherited::topmost(const std::vector<Node>& nodes) const {
  std::vector<std::string> paths;
  for (const Node& node : nodes) {
    const auto is_above = [&node](const std::string& path) { return is_below(node.path, path); };
    if (std::ranges::none_of(nodes, is_above, &Node::path) &&
        std::ranges::none_of(set_, is_above, [](const auto& set) { return set.first; }))
      paths.push_back(node.path);
  }
  return paths;
}

void Inherited::forget(const std::string& path) {
  std::erase_if(
      set_, [&path](const auto& node) { return node.first == path || is_below(node.first, path); });
}

bool is_made_by_others(const Node& node, const std::vector<Node>& nodes) {
  return node.value.empty() && std::any_of(nodes.begin(), nodes.end(), [&node](const Node& other) {
           return is_below(other.path, node.path);
         });
}

}  // namespace xenlaunch
