#include "base/private_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace xenlaunch {
namespace {

constexpr mode_t of_others = S_IRWXG | S_IRWXO;

}  // namespace

int make_missing_folders(const std::filesystem::path& folder, mode_t mode) {
  if (folder.has_relative_path() && folder.has_parent_path())
    if (const int error = make_missing_folders(folder.parent_path(), mode); error != 0)
      return error;
  if (::mkdir(folder.c_str(), mode) != 0) return errno == EEXIST ? 0 : errno;
  return ::chmod(folder.c_str(), mode) == 0 ? 0 : errno;  // the umask may have taken some of it
}

std::string make_private_folder(const std::filesystem::path& folder) {
  const auto failed = [&folder](int error) {
    return "making " + folder.string() + " failed: " + errno_text(error);
  };
  if (const int error = make_missing_folders(folder); error != 0) return failed(error);
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return failed(errno);
  if (!S_ISDIR(status.st_mode)) return failed(ENOTDIR);
  if (status.st_uid != ::geteuid())
    return folder.string() + " is not this user's own; find out who made it, then remove it";
  if ((status.st_mode & of_others) != 0 && ::chmod(folder.c_str(), S_IRWXU) != 0)
    return failed(errno);
  return {};
}

}  // namespace xenlaunch
