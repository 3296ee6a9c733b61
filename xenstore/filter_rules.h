#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/domid.h"

namespace xenlaunch {

/// Whose paravirtual disks a QEMU serves, and which.
struct FilterRules {
  Domid domid{};
  std::vector<std::string> disks;  ///< the number of each, as xenstore has it: "768"
  friend bool operator==(const FilterRules&, const FilterRules&) = default;
};

/// As arguments of a program, and back. Throws Error (ExitCode::internal) where they are not such.
std::vector<std::string> words_of(const FilterRules& rules);
FilterRules parse_filter_rules(const std::vector<std::string>& words);

/// A request to xenstored by dom0, as xen/include/public/io/xs_wire.h has it: its type (XS_READ
/// …), and the arguments, each but a value to be written with a zero byte behind it.
struct StoreRequest {
  std::uint32_t type{};
  std::string_view body;
};

enum class FilterVerdict {
  pass,     ///< to xenstored
  pretend,  ///< that it is done: xenstore has it already, by the device model or the launcher
  refuse,
};

/// What becomes of `request`, as far as that says it. A QEMU that serves disks (hw/xen/xen-bus.c,
/// hw/block/xen-block.c, hw/xen/xen-legacy-backend.c) sees the guest's devices and their backends,
/// as the guest does, and writes what it can do with its disks and how far it is.
FilterVerdict judge(const FilterRules& rules, const StoreRequest& request);

/// Whether such a QEMU may learn that the node at `path` has changed.
bool may_see(const FilterRules& rules, std::string_view path);

}  // namespace xenlaunch
