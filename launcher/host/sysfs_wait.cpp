#include "launcher/host/sysfs_wait.h"

#include <thread>

namespace xenlaunch {

bool comes_true(const std::function<bool()>& is_so, std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds pause{1};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace xenlaunch
