#pragma once

#include <sys/resource.h>

namespace xenlaunch::test {

/// While it lives, no descriptor from `limit` on is opened.
class DescriptorsBelow {
 public:
  explicit DescriptorsBelow(int limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{.rlim_cur = static_cast<rlim_t>(limit), .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorsBelow() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorsBelow(const DescriptorsBelow&) = delete;
  DescriptorsBelow& operator=(const DescriptorsBelow&) = delete;

 private:
  rlimit before_{};
};

}  // namespace xenlaunch::test
