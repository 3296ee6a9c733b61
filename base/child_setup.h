#pragma once

#include <vector>

#include "base/file_descriptor.h"
#include "base/spawn.h"

namespace xenlaunch {

/// What is done for a program in its process, between vfork and exec: that runs in our memory, so
/// it makes system calls only. `given` are copies that nothing is in the way of, `ruleset` is that
/// of the confinement. false, and errno, where something fails.
bool set_up_child(const SpawnRequest& request, const std::vector<GivenFile>& given,
                  const FileDescriptor& ruleset);

}  // namespace xenlaunch
