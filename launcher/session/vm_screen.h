#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "launcher/session/vm_status.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// Where a VM's screen is to be seen over VNC.
struct VmScreen {
  std::string address{};           ///< empty with a socket
  std::optional<unsigned> port{};  ///< nullopt where it is not known
  std::string socket{};
  friend bool operator==(const VmScreen&, const VmScreen&) = default;
};

/// nullopt where the VM has no domain, its VM file no `vnc`, or where that is not known. xenstored
/// is connected to only where the port is to be found there.
std::optional<VmScreen> read_vm_screen(const VmStatus& status, const Directories& directories,
                                       const std::function<std::unique_ptr<Store>()>& connect);

}  // namespace xenlaunch
