#pragma once

#include <string>

namespace xenlaunch {

/// Who may use a node, as (owner; others). dom0 always may.
enum class Access {
  dom0_only,              ///< owner dom0, nobody else
  guest_reads,            ///< owner dom0, the guest reads
  guest_owns,             ///< owner guest, nobody else
  guest_owns_dom0_reads,  ///< owner guest, dom0 reads: the frontends
};

struct Node {
  std::string path;
  std::string value;  ///< empty for a directory
  Access access = Access::dom0_only;
  friend bool operator==(const Node&, const Node&) = default;
};

}  // namespace xenlaunch
