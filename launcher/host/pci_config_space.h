#pragma once

#include <filesystem>

namespace xenlaunch {

/// Whether the config space at `config` reads all ones, as it does where no device answers: one
/// that is gone from the bus or hangs after a reset. Looks at the ids and at the command and status
/// registers, since an SR-IOV VF that is well has all ones for its ids (pci_dev_wait of Linux
/// drivers/pci/pci.c). False where those cannot be read.
bool reads_all_ones(const std::filesystem::path& config);

}  // namespace xenlaunch
