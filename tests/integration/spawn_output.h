#pragma once

#include <fcntl.h>

#include <string>
#include <utility>
#include <vector>

#include "base/spawn.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {

/// What starts have to do with: a place for their output.
struct Output {
  testing::TemporaryTree tree;
  std::string path = tree.path("output");
  FileDescriptor file{::open(path.c_str(), O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600)};
  FileDescriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};

  SpawnRequest request(std::vector<std::string> argv) const {
    return {.argv = std::move(argv),
            .input = nothing.get(),
            .output = file.get(),
            .errors = file.get()};
  }
  ProcessEnd run(const SpawnRequest& request) const {
    return reap(spawn(request, ExitCode::host).pidfd);
  }
  std::string text() const { return tree.read("output"); }
};

}  // namespace xenlaunch::test
