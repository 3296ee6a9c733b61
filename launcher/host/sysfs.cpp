#include "launcher/host/sysfs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/pidfd.h"
#include "base/read_file.h"
#include "base/signals_blocked.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// What the kernel gets to end a killed child that it is able to end.
constexpr milliseconds death_deadline{1000};

constexpr std::size_t page = 4096;

std::optional<std::string> read(const fs::path& path, const ReadLimit& limit) {
  FileContent content = read_file(path, limit);
  if (content.error == 0) return std::move(content.bytes);
  if (content.error == ENOENT || content.error == ENODEV) return std::nullopt;
  throw Error{ExitCode::host, "read " + path.string(), content.reason};
}

std::optional<std::string> without_newline(std::optional<std::string> text) {
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

[[noreturn]] void be_the_writer(const char* attribute, std::string_view value) {
  // A child that never ends would hold the locks of this process, and the pipe behind its stdout,
  // for as long.
  close_range(0, ~0U, 0);
  _exit(write_attribute(attribute, value));
}

/// The errno that the ended child left; it has one, so that EIO stands for any other end.
int reap(const FileDescriptor& pidfd) {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED) != 0) {
    throw_errno(ExitCode::host, errno, "wait for a write to sysfs");
  }
  return info.si_code == CLD_EXITED ? info.si_status : EIO;
}

}  // namespace

std::optional<std::string> read_bytes(const fs::path& path) {
  return read(path, {});
}

std::optional<std::string> read_if_readable(const std::filesystem::path& file) {
  try {
    return read_bytes(file);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> read_text(const fs::path& path) {
  return without_newline(read(path, {}));
}

std::optional<std::string> read_attribute(const fs::path& attribute) {
  return without_newline(read(
      attribute, {.most = page, .beyond = ReadLimit::Beyond::is_left_out, .in_one_read = true}));
}

bool is_present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

std::optional<std::string> link_name(const fs::path& link) {
  std::error_code error;
  const fs::path target = fs::read_symlink(link, error);
  if (error) return std::nullopt;
  return target.filename().string();
}

namespace {

template <typename IsWanted>
std::vector<std::string> names_of(const fs::path& folder, IsWanted is_wanted) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error))
    if (is_wanted(*entry)) names.push_back(entry->path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::vector<std::string> names_in(const fs::path& folder) {
  return names_of(folder, [](const fs::directory_entry& /*entry*/) { return true; });
}

std::vector<std::string> subfolders_in(const fs::path& folder) {
  return names_of(folder, [](const fs::directory_entry& entry) {
    std::error_code ignored;  // what the entry is came with its name
    return !entry.is_symlink(ignored) && entry.is_directory(ignored);
  });
}

std::vector<std::vector<std::string>> rows_of(std::string_view table) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines{std::string{table}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    rows.emplace_back(std::istream_iterator<std::string>{words},
                      std::istream_iterator<std::string>{});
  }
  return rows;
}

int write_attribute(const char* attribute, std::string_view value) {
  const FileDescriptor file{::open(attribute, O_WRONLY | O_CLOEXEC)};
  if (file.get() < 0) return errno;
  const ssize_t written = ::write(file.get(), value.data(), value.size());
  if (written < 0) return errno;
  return static_cast<std::size_t>(written) == value.size() ? 0 : EIO;
}

std::optional<int> write_attribute_within(const fs::path& attribute, std::string_view value,
                                          milliseconds deadline) {
  const char* path = attribute.c_str();
  pid_t child = -1;
  {
    // So that none runs a handler of ours in the child or ends it half-way.
    const SignalsBlocked blocked;
    child = ::fork();
    if (child == 0) be_the_writer(path, value);
  }
  if (child < 0)
    throw_errno(ExitCode::host, errno, "start a process that writes to " + attribute.string());
  const FileDescriptor process = open_pidfd(child);
  if (process.get() < 0) {
    const int error = errno;
    ::kill(child, SIGKILL);
    throw_errno(ExitCode::host, error, "watch the process that writes to " + attribute.string());
  }
  if (ends_within(process, deadline)) return reap(process);
  ::kill(child, SIGKILL);
  if (ends_within(process, death_deadline)) reap(process);
  return std::nullopt;
}

}  // namespace xenlaunch
