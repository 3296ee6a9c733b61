#pragma once

#include <functional>
#include <memory>

#include "base/paths.h"
#include "launcher/xen/hypervisor.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// The host that the program runs on, as a command reaches it. Each call of the first two opens a
/// connection, and throws as its maker does; most commands need none.
struct ThisHost {
  std::function<std::unique_ptr<Hypervisor>()> xen;
  std::function<std::unique_ptr<Store>()> store;
  Directories directories{};
};

}  // namespace xenlaunch
