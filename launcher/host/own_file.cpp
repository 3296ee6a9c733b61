#include "launcher/host/own_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace xenlaunch {

void require_own(const std::filesystem::path& path, mode_t type) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    throw_errno(ExitCode::host, errno, "look at " + path.string());
  const bool own = (status.st_mode & S_IFMT) == type && status.st_uid == ::geteuid() &&
                   (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!own)
    throw Error{ExitCode::host, "cannot trust " + path.string() +
                                    ": it is not this user's own, or others may write to it; find "
                                    "out who made it, then remove it"};
}

}  // namespace xenlaunch
