#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/checks/firmware_region.h"

namespace xenlaunch {

/// The memory that Intel's table, where there is one, keeps for devices, and what is wrong with the
/// table: what is broken in it loses only itself.
struct ReservedMemoryReport {
  std::vector<FirmwareRegion> regions;
  std::vector<std::string> problems;  ///< each a sentence without a full stop
};

/// Of the host below `root`.
ReservedMemoryReport read_reserved_memory(const std::filesystem::path& root);

}  // namespace xenlaunch
