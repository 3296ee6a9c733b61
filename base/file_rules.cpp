#include "base/file_rules.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/error.h"

namespace xenlaunch {
namespace {

// Of later headers than those of Linux 5.13 to 6.1.
constexpr std::uint64_t refer = 1ULL << 13;                // from version 2 on
constexpr std::uint64_t truncate = 1ULL << 14;             // from version 3 on
constexpr std::uint64_t abstract_sockets_and_signals = 3;  // as `scoped`, from version 6 on
/// landlock_ruleset_attr of Linux 6.12: those before take it where what they do not know is 0.
struct Handled {
  std::uint64_t fs;
  std::uint64_t net;
  std::uint64_t scoped;
};

constexpr std::uint64_t reads = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t makes =
    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

long version() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

void add_rule(const FileDescriptor& ruleset, const std::filesystem::path& path,
              std::uint64_t access) {
  const FileDescriptor file{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
    if (errno == ENOENT) return;
    throw_errno(ExitCode::host, errno, "let QEMU open " + path.string());
  }
  if (!S_ISDIR(status.st_mode)) access &= ~std::uint64_t{LANDLOCK_ACCESS_FS_READ_DIR};
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = file.get();
  if (::syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    throw_errno(ExitCode::host, errno, "let QEMU open " + path.string());
}

}  // namespace

bool has_landlock() {
  return version() > 0;
}

FileDescriptor make_ruleset(const FileRules& rules) {
  const long its = version();
  const std::uint64_t truncates = its >= 3 ? truncate : 0;
  const std::uint64_t writes = LANDLOCK_ACCESS_FS_WRITE_FILE | truncates;
  const Handled handled{.fs = reads | writes | makes | (its >= 2 ? refer : 0),
                        .net = 0,
                        .scoped = its >= 6 ? abstract_sockets_and_signals : 0};
  FileDescriptor ruleset{
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0))};
  if (ruleset.get() < 0) throw_errno(ExitCode::host, errno, "make rules of what QEMU may open");
  for (const std::filesystem::path& path : rules.read) add_rule(ruleset, path, reads);
  for (const std::filesystem::path& path : rules.written) add_rule(ruleset, path, reads | writes);
  return ruleset;
}

bool go_by(const FileDescriptor& ruleset) {
  return ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

}  // namespace xenlaunch
