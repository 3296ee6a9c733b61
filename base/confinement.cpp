#include "base/confinement.h"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>

namespace xenlaunch {

bool can_confine() {
  return ::mount_setattr(-1, "", 0, nullptr, 0) != 0 && errno != ENOSYS;
}

int own_namespaces(bool needs_network) {
  const auto if_there = [](const char* name, int flag) {
    return std::filesystem::exists(std::filesystem::path{"/proc/self/ns"} / name) ? flag : 0;
  };
  return if_there("ipc", CLONE_NEWIPC) | (needs_network ? 0 : if_there("net", CLONE_NEWNET));
}

}  // namespace xenlaunch
