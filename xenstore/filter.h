#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "xenstore/filter_rules.h"

namespace xenlaunch {

/// Connects to xenstored. No descriptor, and errno, where that cannot be.
using ConnectStore = std::function<FileDescriptor()>;

/// Has those who connect to the listening `socket` talk to xenstored, each over a connection of its
/// own, as far as the rules go: what is refused fails with EACCES, and the first of it is told in
/// `log`, a line each. Returns when the last of them has gone, and nobody comes for `time_to_come`.
void serve_store_filter(const FileDescriptor& socket, const FilterRules& rules,
                        const ConnectStore& connect, std::ostream& log,
                        std::chrono::milliseconds time_to_come = std::chrono::seconds{5});

/// The whole filter between a QEMU that serves disks and xenstored: a process beside it
/// (store_filter_word), with the rules as its arguments, and the socket as its stdin. Returns an
/// exit status.
int run_store_filter(const std::vector<std::string>& words, std::ostream& log);

}  // namespace xenlaunch
