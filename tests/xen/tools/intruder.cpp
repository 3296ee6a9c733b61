// Does in a QEMU's place what one would that a guest has taken over, as far as that needs nothing
// that QEMU has open: from its namespaces, below its root, as its user. Prints what it can do that
// it must not be able to, a line each. Use:
//
//   intruder PID-OF-THE-QEMU PID-OF-ANOTHER-QEMU THING-OF-DOM0...
//   intruder --listen PORT   at @intruder and at that port of the loopback, until it is killed
//
// A thing is a file, a socket without a path (@NAME), or a port of the loopback (tcp:PORT).
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

[[noreturn]] void fail(const std::string& action) {
  std::fprintf(stderr, "intruder: cannot %s: %s\n", action.c_str(), std::strerror(errno));
  std::exit(1);
}

void unless_it_fails(bool could, const std::string& what) {
  if (could) std::printf("could %s\n", what.c_str());
}

/// The rest of this process is where the QEMU is, with all that it was kept from.
void become(const std::string& qemu) {
  struct stat its {};
  if (::stat(qemu.c_str(), &its) != 0) fail("look at " + qemu);
  if (its.st_uid == 0) fail("become root");
  const int root = ::open((qemu + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (const char* kind : {"ipc", "net", "mnt"}) {
    const int space = ::open((qemu + "/ns/" + kind).c_str(), O_RDONLY | O_CLOEXEC);
    if (space < 0 || ::setns(space, 0) != 0) fail(std::string{"enter its namespace "} + kind);
  }
  if (::fchdir(root) != 0 || ::chroot(".") != 0 || ::chdir("/") != 0) fail("enter its root");
  ::close(root);
  const gid_t group = its.st_gid;
  if (::setgroups(1, &group) != 0 || ::setresgid(group, group, group) != 0 ||
      ::setresuid(its.st_uid, its.st_uid, its.st_uid) != 0 ||
      ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    fail("become its user");
}

/// Does `action` (connect or bind) with a socket and the address that `thing` names. Returns the
/// socket, -1 where that fails.
template <typename Action>
int with_socket(const std::string& thing, Action action) {
  if (thing.starts_with("tcp:")) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(std::atoi(thing.c_str() + 4)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    return action(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? fd : -1;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  thing.copy(address.sun_path, sizeof address.sun_path - 1);
  socklen_t size = sizeof address;
  if (thing.starts_with('@')) {
    address.sun_path[0] = '\0';
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + thing.size());
  }
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  return action(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 ? fd : -1;
}

void try_thing(const std::string& thing) {
  unless_it_fails(::open(thing.c_str(), O_RDONLY | O_NONBLOCK) >= 0, "open " + thing);
  unless_it_fails(with_socket(thing, ::connect) >= 0, "connect to " + thing);
}

[[noreturn]] void listen_for_ever(const std::string& port) {
  for (const std::string& thing : {std::string{"@intruder"}, "tcp:" + port})
    if (::listen(with_socket(thing, ::bind), 16) != 0) fail("listen at " + thing);
  std::puts("listening");
  std::fflush(stdout);
  for (;;) ::pause();
}

void try_ways_out(pid_t other) {
  unless_it_fails(::open("..", O_RDONLY | O_DIRECTORY) >= 0, "read its root folder");
  unless_it_fails(::mkdir("/folder", 0700) == 0, "make a folder");
  unless_it_fails(::open("/file", O_CREAT | O_WRONLY, 0600) >= 0, "make a file");
  unless_it_fails(::setuid(0) == 0, "become root");
  unless_it_fails(::chroot(".") == 0, "change its root");
  unless_it_fails(::unshare(CLONE_NEWNS) == 0, "have another mount namespace");
  unless_it_fails(::unshare(CLONE_NEWUSER) == 0, "have a user namespace");
  unless_it_fails(::mount("none", "/", "tmpfs", 0, nullptr) == 0, "mount");
  unless_it_fails(::mknod("/mem", S_IFCHR | 0600, 0x101) == 0, "make a device node");
  for (const pid_t process : {1, static_cast<int>(::getppid()), static_cast<int>(other)}) {
    unless_it_fails(::kill(process, 0) == 0, "signal process " + std::to_string(process));
    unless_it_fails(::ptrace(PTRACE_ATTACH, process, nullptr, nullptr) == 0,
                    "trace process " + std::to_string(process));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  if (std::string{"--listen"} == argv[1]) listen_for_ever(argv[2]);
  become(std::string{"/proc/"} + argv[1]);
  for (int i = 3; i < argc; ++i) try_thing(argv[i]);
  try_ways_out(std::atoi(argv[2]));
  std::puts("tried");
}
