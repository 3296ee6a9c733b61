#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace xenlaunch {

/// What the processes of one VM may take together: of dom0, since what its guest has Xen gives.
struct ResourceLimits {
  std::optional<std::uint64_t> memory_mib{};  ///< nullopt: as much as there is
  unsigned tasks = 1024;                      ///< threads
  /// A share of the processors' time where they are busy, 1..10000; nullopt: 100, as others have.
  std::optional<unsigned> cpu_weight{};
  friend bool operator==(const ResourceLimits&, const ResourceLimits&) = default;
};

/// Why a VM can have no control group of its own, and what to do; both are "" where it can.
struct GroupLack {
  std::string because;  ///< reads on from "there is none, because "
  std::string remedy;
  friend bool operator==(const GroupLack&, const GroupLack&) = default;
};

}  // namespace xenlaunch
