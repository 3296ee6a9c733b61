#include "launcher/host/trusted_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <deque>
#include <string_view>

#include "base/finding.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// As many as the kernel follows (MAXSYMLINKS of Linux include/linux/namei.h).
constexpr int most_links = 40;

bool is_trusted_user(uid_t user) {
  if (user == 0 || user == ::geteuid()) return true;
  const char* sudo = ::geteuid() == 0 ? std::getenv("SUDO_UID") : nullptr;
  if (sudo == nullptr) return false;
  const std::string_view text{sudo};
  uid_t caller = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), caller);
  return error == std::errc{} && end == text.data() + text.size() && caller == user;
}

std::optional<std::string> writer_of(const fs::path& path, const struct stat& status) {
  if (!is_trusted_user(status.st_uid))
    return fmt::format("user {} owns {}", status.st_uid, printable(path.string()));
  if (S_ISLNK(status.st_mode) || (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0))
    return std::nullopt;
  if ((status.st_mode & S_IWOTH) != 0) return "all users can write to " + printable(path.string());
  if ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0)
    return fmt::format("group {} can write to {}", status.st_gid, printable(path.string()));
  // Then that bit is what it lets all have whom it names (acl(5)).
  if ((status.st_mode & S_IWGRP) != 0 &&
      ::lgetxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0)
    return "an access control list may let others write to " + printable(path.string());
  return std::nullopt;
}

void put_in_front(std::deque<fs::path>& names, const fs::path& path) {
  const fs::path relative = path.relative_path();
  names.insert(names.begin(), relative.begin(), relative.end());
}

bool is_one_of(const fs::path& folder, const std::vector<std::string>& folders) {
  return std::ranges::any_of(folders, [&folder](const std::string& one) {
    std::error_code error;
    return fs::equivalent(folder, one, error) && !error;
  });
}

}  // namespace

std::optional<std::string> other_writer(const fs::path& file,
                                        const std::vector<std::string>& trusted_folders) {
  std::deque<fs::path> names;
  fs::path now = "/";
  put_in_front(names, fs::absolute(file));
  for (int links = 0; !names.empty() && links <= most_links;) {
    const fs::path name = names.front();
    names.pop_front();
    if (name == ".." || name == "." || name.empty()) {
      if (name == "..") now = now.parent_path();
      continue;
    }
    const fs::path next = now / name;
    struct stat status {};
    if (::lstat(next.c_str(), &status) != 0) return std::nullopt;
    if (S_ISDIR(status.st_mode) && is_one_of(next, trusted_folders)) return std::nullopt;
    if (auto writer = writer_of(next, status)) return writer;
    if (S_ISLNK(status.st_mode)) {
      ++links;
      std::error_code error;
      const fs::path target = fs::read_symlink(next, error);
      if (error) return std::nullopt;
      if (target.is_absolute()) now = "/";
      put_in_front(names, target);
    } else {
      now = next;
    }
  }
  return std::nullopt;
}

void require_trusted(const fs::path& file, const std::vector<std::string>& trusted_folders,
                     const std::string& remedy) {
  if (const auto writer = other_writer(file, trusted_folders))
    refuse({{FindingCode::not_trusted, file.string(),
             *writer + ", and so what is in the file is not root's alone to say", remedy}});
}

}  // namespace xenlaunch
