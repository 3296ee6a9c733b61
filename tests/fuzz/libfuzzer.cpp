// One target under libFuzzer, which brings main().
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    xenlaunch::fuzz::run_briefly(xenlaunch::fuzz::targets().front(),
                                 {reinterpret_cast<const char*>(data), size});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    std::abort();
  }
  return 0;
}
