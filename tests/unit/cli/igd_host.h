#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fixtures/machine.h"
#include "tests/fixtures/source_folder.h"
#include "tests/unit/cli/run.h"

namespace xenlaunch::test {

inline const std::string source_dir = testing::source_folder();
inline const std::string igd_file = source_dir + "/configs/igd.yaml";

/// The machine on which that VM can start.
inline std::string igd_host() {
  return testing::machine("host-igd");
}

/// Runs what needs no VMs.
inline Run run(const std::vector<std::string>& args) {
  return run_on(unreachable_host, args);
}

inline std::string file(const std::string& path) {
  std::ifstream stream{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace xenlaunch::test
