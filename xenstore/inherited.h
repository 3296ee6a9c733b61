#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "xenstore/node.h"

// xenstored looks at each of its connections between any two requests, so that a request costs more
// with every VM on the host: what is here tells which ones change nothing.

namespace xenlaunch {

/// The permissions that a connection has set. A node takes its parent's when it is made
/// (construct_node of tools/xenstore/xenstored_core.c), so only where they differ do they have to
/// be set.
class Inherited {
 public:
  /// Whether `node`, when it is made, has its permissions already.
  bool covers(const Node& node, std::uint32_t guest) const;
  /// `node` was given its permissions.
  void add(const Node& node, std::uint32_t guest);
  /// Those of `nodes` that are below no other of them, and below none that were added.
  std::vector<std::string> topmost(const std::vector<Node>& nodes) const;
  /// `path` and all below it is no longer there.
  void forget(const std::string& path);

 private:
  struct Permissions {
    Access access;
    std::uint32_t guest;
    bool operator==(const Permissions&) const = default;
  };
  static Permissions permissions_of(const Node& node, std::uint32_t guest);
  std::map<std::string, Permissions, std::less<>> set_;
};

/// Whether `node` is but a folder of one of `nodes`, which makes it, too, when it is written.
bool is_made_by_others(const Node& node, const std::vector<Node>& nodes);

}  // namespace xenlaunch
