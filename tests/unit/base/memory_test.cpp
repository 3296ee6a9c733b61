#include "base/memory.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace xenlaunch::test {
namespace {

std::uintptr_t page_of(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) &
         ~(static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE)) - 1);
}

/// A page far down the stack, written to.
[[gnu::noinline]] std::uintptr_t use_much_stack() {
  std::array<char, 65536> much{};
  asm volatile("" : : "r"(much.data()) : "memory");  // or nobody would write it
  return page_of(&much[4096]);
}

bool is_in_memory(std::uintptr_t page) {
  unsigned char state = 0;
  REQUIRE(::mincore(reinterpret_cast<void*>(page), 1, &state) == 0);
  return (state & 1) != 0;
}

TEST_CASE("stack that is no longer used is given back, and what is in use is kept") {
  const std::array<int, 3> kept{1, 2, 3};
  const std::uintptr_t page = use_much_stack();
  REQUIRE(is_in_memory(page));
  release_unused_memory();
  CHECK_FALSE(is_in_memory(page));
  CHECK(kept == std::array<int, 3>{1, 2, 3});
}

}  // namespace
}  // namespace xenlaunch::test
