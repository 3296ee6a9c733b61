// Tries what a QEMU has open, as one would that a guest has taken over: whether it can do anything
// to another domain by that, or talk to xenstored. Prints what it can do, a line each, and then how
// many handles of Xen's it has tried. Use: handles PID-OF-THE-QEMU ANOTHER-DOMAIN
#include <cstdint>

using domid_t = std::uint16_t;  // which the header below wants
#include <xen/evtchn.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "launcher/xen/brokered_call.h"

namespace {

namespace fs = std::filesystem;

// As in Linux's include/uapi/xen/privcmd.h, which no program can include: it wants the kernel's own
// headers.
struct Hypercall {
  std::uint64_t op;
  std::uint64_t arg[5];
};
struct MapBatch {
  unsigned num;
  std::uint16_t dom;
  std::uint64_t addr;
  const std::uint64_t* arr;
  int* err;
};
struct DmOp {
  std::uint16_t dom;
  std::uint16_t num;
  const void* ubufs;
};
constexpr unsigned long hypercall = _IOC(_IOC_NONE, 'P', 0, sizeof(Hypercall));
constexpr unsigned long map_batch = _IOC(_IOC_NONE, 'P', 4, sizeof(MapBatch));
constexpr unsigned long dm_op = _IOC(_IOC_NONE, 'P', 5, sizeof(DmOp));

void unless_it_fails(bool could, const std::string& what) {
  if (could) std::printf("could %s\n", what.c_str());
}

/// Whether the kernel lets it through to Xen, whatever that says.
template <typename Argument>
bool is_let_through(int fd, unsigned long request, Argument argument) {
  return ::ioctl(fd, request, &argument) >= 0 || (errno != EPERM && errno != EACCES);
}

void try_privcmd(int fd, std::uint16_t other) {
  constexpr std::uint64_t xen_version = 17;
  constexpr std::size_t page = 4096;
  unless_it_fails(is_let_through(fd, hypercall, Hypercall{.op = xen_version, .arg = {}}),
                  "make hypercalls");
  unless_it_fails(is_let_through(fd, dm_op, DmOp{.dom = other, .num = 0, .ubufs = nullptr}),
                  "be the device model of domain " + std::to_string(other));
  void* memory = ::mmap(nullptr, page, PROT_READ, MAP_SHARED, fd, 0);
  const std::uint64_t frame = 0;
  int error = 0;
  const MapBatch batch{.num = 1,
                       .dom = other,
                       .addr = reinterpret_cast<std::uintptr_t>(memory),
                       .arr = &frame,
                       .err = &error};
  unless_it_fails(is_let_through(fd, map_batch, batch),
                  "map memory of domain " + std::to_string(other));
}

void try_evtchn(int fd, std::uint16_t other) {
  unless_it_fails(
      is_let_through(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, ioctl_evtchn_bind_unbound_port{other}),
      "have an event channel to domain " + std::to_string(other));
}

bool is_broker(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/// Whether it does something to another domain, or with what no passed device has.
void try_broker(int fd, std::uint32_t other, std::uint32_t own) {
  using enum xenlaunch::BrokeredFunction;
  constexpr std::uint64_t somebodys = 0x1000;
  constexpr std::uint64_t any = ~0ULL;
  const auto does = [fd](const xenlaunch::BrokeredCall& call) {
    xenlaunch::BrokeredAnswer answer;
    return ::send(fd, &call, sizeof call, 0) == sizeof call &&
           ::recv(fd, &answer, sizeof answer, 0) == sizeof answer &&
           (answer.result >= 0 || answer.error != EPERM);
  };
  for (const std::uint32_t domid : {other, own})
    for (const auto& [function, arguments] :
         {std::pair{map_memory, std::array<std::uint64_t, 6>{somebodys, somebodys, 1, 1}},
          {map_ports, {somebodys, somebodys, 1, 1}},
          {map_pirq, {somebodys, any}},
          {unmap_pirq, {somebodys}},
          // Of the card at 0000:00:06.0: an interrupt that is there already.
          {map_pirq_msi, {40, any, 0x30, 0, 0, 0}}})
      unless_it_fails(does({.function = function, .domid = domid, .arguments = arguments}),
                      "have the broker do " + std::to_string(static_cast<int>(function)) +
                          " to domain " + std::to_string(domid));
}

/// Whatever path it was opened by: one may show another device.
bool is_device(int fd, const char* name) {
  struct stat opened {};
  struct stat device {};
  return ::fstat(fd, &opened) == 0 && S_ISCHR(opened.st_mode) &&
         ::stat((std::string{"/dev/xen/"} + name).c_str(), &device) == 0 &&
         opened.st_rdev == device.st_rdev;
}

bool is_xenstored(int fd) {
  sockaddr_un peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
         std::strstr(peer.sun_path, "xenstored") != nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  const pid_t qemu = std::atoi(argv[1]);
  const auto other = static_cast<std::uint16_t>(std::atoi(argv[2]));
  const auto own = static_cast<std::uint32_t>(std::atoi(argv[argc - 1]));
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, qemu, 0));
  int tried = 0;
  for (const auto& entry : fs::directory_iterator{fs::path{"/proc"} / argv[1] / "fd"}) {
    const std::string file = fs::read_symlink(entry.path()).string();
    const int fd = static_cast<int>(
        ::syscall(SYS_pidfd_getfd, process, std::stoi(entry.path().filename()), 0));
    if (fd < 0) {
      std::fprintf(stderr, "handles: cannot take %s: %s\n", file.c_str(), std::strerror(errno));
      return 1;
    }
    const bool is_privcmd = is_device(fd, "privcmd");
    const bool is_evtchn = is_device(fd, "evtchn");
    if (is_privcmd) try_privcmd(fd, other);
    if (is_evtchn) try_evtchn(fd, other);
    if (is_broker(fd)) try_broker(fd, other, own);
    unless_it_fails(is_device(fd, "xenbus") || is_xenstored(fd), "talk to xenstored");
    unless_it_fails(is_device(fd, "gntdev"), "map what other domains grant to dom0");
    tried += is_privcmd || is_evtchn || is_broker(fd) ? 1 : 0;
    ::close(fd);
  }
  std::printf("tried %d\n", tried);
}
