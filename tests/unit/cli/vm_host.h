#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launcher/host/lock.h"
#include "launcher/undo/state_folder.h"
#include "tests/fakes/fakes.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {

/// A host with VMs of ours: their folders, locks and logs are in a temporary tree. Each connection
/// is a copy of `xen` or `store`; all write to `journal`.
struct VmHost {
  static constexpr const char* uuid = "12345678-1234-4234-8234-123456789abc";

  testing::TemporaryTree tree;
  Journal journal;
  FakeHypervisor xen{journal};
  FakeStore store{journal};
  ThisHost host{.xen = [this] { return std::make_unique<FakeHypervisor>(xen); },
                .store = [this] { return std::make_unique<FakeStore>(store); },
                .directories = {.state = tree.root() / "run",
                                .locks = tree.root() / "run/.locks",
                                .logs = tree.root() / "log",
                                .chosen = tree.root() / "chosen"}};

  Run run(const std::vector<std::string>& args) const { return run_on(host, args); }

  StateFolder folder(const std::string& vm) const { return {host.directories.state, vm}; }

  /// Adds the VM win10 in `state`, with domain 7, which lives.
  void add_win10(VmState state = VmState::running) {
    xen.domains[7] = {.domid = 7,
                      .paused = state == VmState::paused,
                      .uuid = uuid,
                      .memory_kib = 2048 << 10,
                      .vcpus = 2};
    folder("win10").make("name: win10\nmemory: 2GiB\n");
    write_journal(state, 7);
  }

  void write_journal(VmState state, std::optional<Domid> domid) const {
    JournalContent content{.header = {.vm = "win10", .uuid = uuid}, .boot = boot_id()};
    content.entries[0] = {.action = "take 0000:01:00.0",
                          .undo = {.kind = UndoKind::forget_driver,
                                   .label = "forget the driver of 0000:01:00.0",
                                   .device = PciAddress{0, 1, 0, 0},
                                   .nodes = {"/xenlaunch/driver"}},
                          .phase = JournalContent::Phase::done};
    content.entries[1] = {.action = "create the domain",
                          .undo = {.kind = UndoKind::destroy_domain, .label = "destroy the domain"},
                          .phase = JournalContent::Phase::done};
    content.next_number = 2;
    content.domid = domid;
    content.state = state;
    tree.write("run/win10/journal", format_journal(content));
    std::filesystem::permissions(folder("win10").journal(), std::filesystem::perms{0600});
  }
};

/// Takes win10's lock as somebody who is no launcher, and says nothing in its file.
inline FileDescriptor hold_lock_of_win10(const VmHost& host) {
  host.tree.write("run/.locks/vm-win10.lock", "");
  FileDescriptor file{
      ::open(host.tree.path("run/.locks/vm-win10.lock").c_str(), O_RDONLY | O_CLOEXEC)};
  REQUIRE(::flock(file.get(), LOCK_EX | LOCK_NB) == 0);
  return file;
}

/// win10's launcher: a process that has the VM's lock until its guest ends or SIGTERM comes.
class LauncherDouble {
 public:
  enum class End { by_itself, told_to };

  explicit LauncherDouble(const VmHost& on, bool gives_back = true) {
    sigset_t before{};
    ::sigemptyset(&endings_);
    ::sigaddset(&endings_, SIGTERM);
    ::sigaddset(&endings_, guest_ended);
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const FileDescriptor reader{ends[0]};
    ::sigprocmask(SIG_BLOCK, &endings_, &before);
    pid_ = ::fork();
    if (pid_ == 0) live(on, ends[1], gives_back);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::close(ends[1]);
    char ready = 0;
    REQUIRE(::read(reader.get(), &ready, 1) == 1);
  }
  LauncherDouble(const LauncherDouble&) = delete;
  LauncherDouble& operator=(const LauncherDouble&) = delete;
  ~LauncherDouble() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  void guest_ends() const { ::kill(pid_, guest_ended); }

  /// How it has ended; nullopt where it lives.
  std::optional<End> end() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    return static_cast<End>(WEXITSTATUS(status));
  }

 private:
  static constexpr int guest_ended = SIGUSR1;

  [[noreturn]] void live(const VmHost& on, int ready, bool gives_back) const noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const Lock lock{on.host.directories.locks, "vm-win10", "xenlaunch run win10", "start win10"};
    if (::write(ready, "", 1) != 1) ::_exit(-1);
    int number = 0;
    ::sigwait(&endings_, &number);
    if (gives_back) on.folder("win10").remove();
    ::_exit(static_cast<int>(number == SIGTERM ? End::told_to : End::by_itself));
  }

  sigset_t endings_{};
  pid_t pid_ = -1;
};

}  // namespace xenlaunch::test

namespace doctest {

template <>
struct StringMaker<xenlaunch::test::LauncherDouble::End> {
  static String convert(xenlaunch::test::LauncherDouble::End end) {
    return end == xenlaunch::test::LauncherDouble::End::told_to ? "told to" : "by itself";
  }
};

}  // namespace doctest
