#include "devicemodel/qemu_user.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

constexpr uid_t user = 2100040001;

/// A process of that user's, with a child.
pid_t start_as(uid_t its_user) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (::setresuid(its_user, its_user, its_user) == 0) {
    ::fork();
    while (true) ::pause();
  }
  ::_exit(1);
}

TEST_CASE("all processes of a user are killed, and nobody else's") {
  if (::geteuid() != 0) return;  // takes root
  const pid_t its = start_as(user);
  const pid_t other = start_as(user + 1);
  siginfo_t info{};
  while (::kill(its, 0) == 0 &&
         ::waitid(P_PID, static_cast<id_t>(its), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0)
    kill_all_of(user);
  CHECK(info.si_status == SIGKILL);
  ::waitpid(its, nullptr, 0);
  CHECK(::waitid(P_PID, static_cast<id_t>(other), &info, WEXITED | WNOHANG | WNOWAIT) == 0);
  kill_all_of(user + 1);
  kill_all_of(0);  // would be everybody
  int status = 0;
  ::waitpid(other, &status, 0);
  CHECK(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("the root of a QEMU is nobody's to use, and says for whom it is") {
  if (::geteuid() != 0) return;  // takes root
  const testing::TemporaryTree tree;
  const std::string root = tree.path("root");
  CHECK(user_of_root(root) == std::nullopt);
  make_qemu_root(root, user);
  CHECK(user_of_root(root) == user);
  struct stat status {};
  REQUIRE(::stat(root.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0);
  CHECK(status.st_uid == 0);
  make_qemu_root(root, user + 1);  // where an earlier launcher has left one
  CHECK(user_of_root(root) == user + 1);
  REQUIRE(::chown(root.c_str(), 0, 1000) == 0);
  CHECK(user_of_root(root) == std::nullopt);
  REQUIRE(::chown(root.c_str(), user, user) == 0);
  CHECK(user_of_root(root) == std::nullopt);
}

}  // namespace
}  // namespace xenlaunch::test
