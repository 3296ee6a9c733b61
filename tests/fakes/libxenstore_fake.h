#pragma once

#include <map>
#include <string>
#include <vector>

namespace xenlaunch::test {

/// What stands behind the libxenstore of this executable. A test begins by making it anew.
struct FakeXenstored {
  std::map<std::string, std::string> nodes;  ///< committed
  std::vector<std::string> permissions;      ///< every xs_set_permissions: "PATH n0 r7"
  std::vector<std::string> calls;            ///< begin, commit, abort, watches, introductions
  std::vector<std::string> events;           ///< tokens that xs_check_watch gives, oldest first
  int conflicts = 0;                         ///< so many commits fail with EAGAIN
  std::map<std::string, int> failures;       ///< function name: errno
  int open_handles = 0;
};

FakeXenstored& xenstored();

}  // namespace xenlaunch::test
