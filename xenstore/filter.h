#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "xenstore/filter_rules.h"

namespace xenlaunch {

/// What a filter has around it.
struct FilterHost {
  /// Connects to xenstored. No descriptor, and errno, where that cannot be.
  std::function<FileDescriptor()> connect;
  /// Readable when the process behind a connection has ended.
  std::function<FileDescriptor(const FileDescriptor& client)> end_of;
  /// Whether somebody may still come, as long as nobody has.
  std::function<bool()> is_awaited;
};

/// Has the QEMU that connects to the listening `socket` talk to xenstored, over a connection of
/// their own for each that it makes, as far as the rules go: what is refused fails with EACCES, and
/// the first of it is told in `log`, a line each. Returns when the process that has come first has
/// ended, or nobody comes any more.
void serve_store_filter(const FileDescriptor& socket, const FilterRules& rules,
                        const FilterHost& host, std::ostream& log);

/// The whole filter between a QEMU that serves disks and xenstored: a process beside it
/// (store_filter_word), with the rules as its arguments, and the socket as its stdin. Returns an
/// exit status.
int run_store_filter(const std::vector<std::string>& words, std::ostream& log);

}  // namespace xenlaunch
