#include "tests/fuzz/large_inputs.h"

#include <malloc.h>

#include <array>
#include <atomic>
#include <fstream>
#include <stdexcept>
#include <string_view>

extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*, std::size_t),
                                              void (*)(const volatile void*)) __attribute__((weak));
std::size_t __sanitizer_get_allocated_size(const volatile void*) __attribute__((weak));
}

namespace xenlaunch::fuzz {
namespace {

constexpr std::array<std::string_view, 3> pieces{"\n", "[", "a=1 "};

std::string over_and_over(std::string_view piece) {
  std::string large;
  large.reserve(large_size + piece.size());
  while (large.size() < large_size) large += piece;
  large.resize(large_size);
  return large;
}

/// Below 0 where blocks go that were there before it was counted.
std::atomic<std::ptrdiff_t> allocated{};
std::atomic<std::ptrdiff_t> most_allocated{};

void count(const volatile void*, std::size_t size) {
  const std::ptrdiff_t now = allocated += static_cast<std::ptrdiff_t>(size);
  std::ptrdiff_t most = most_allocated;
  while (now > most && !most_allocated.compare_exchange_weak(most, now)) {
  }
}
void discount(const volatile void* block) {
  if (block != nullptr)
    allocated -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(block));
}

bool counts() {
  static const bool hooked = __sanitizer_install_malloc_and_free_hooks != nullptr &&
                             __sanitizer_install_malloc_and_free_hooks(count, discount) != 0;
  return hooked;
}

/// VmHWM of /proc/self/status.
std::ptrdiff_t most_resident() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) << 10;
  throw std::runtime_error{"cannot read VmHWM of /proc/self/status"};
}

void forget_most_resident() {
  std::ofstream clear{"/proc/self/clear_refs"};
  if (!(clear << 5).flush()) throw std::runtime_error{"cannot write to /proc/self/clear_refs"};
}

}  // namespace

std::vector<std::string> large_inputs(const std::vector<std::string>& inputs) {
  std::vector<std::string> large;
  if (!inputs.empty() && !inputs.back().empty()) large.push_back(over_and_over(inputs.back()));
  for (const std::string_view piece : pieces) large.push_back(over_and_over(piece));
  return large;
}

MemoryPeak::MemoryPeak() {
  if (counts()) {
    before_ = allocated;
    most_allocated = before_;
    return;
  }
  ::malloc_trim(0);
  forget_most_resident();
  before_ = most_resident();
}

std::ptrdiff_t MemoryPeak::bytes() const {
  return (counts() ? most_allocated.load() : most_resident()) - before_;
}

}  // namespace xenlaunch::fuzz
