#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace xenlaunch::fuzz {

inline constexpr std::size_t large_size = std::size_t{1} << 20;

/// Inputs of large_size: the last of `inputs`, and pieces of what is read anywhere, over and over.
std::vector<std::string> large_inputs(const std::vector<std::string>& inputs);

/// The most memory that the process has had allocated at a time since its construction, beyond
/// what it had then: under the sanitizers, which keep freed memory, by their hooks; otherwise what
/// was resident. One at a time. Throws std::runtime_error where that cannot be had.
class MemoryPeak {
 public:
  MemoryPeak();
  std::ptrdiff_t bytes() const;

 private:
  std::ptrdiff_t before_;
};

}  // namespace xenlaunch::fuzz
