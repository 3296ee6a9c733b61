#include "launcher/host/nic_host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/spawn.h"
#include "launcher/host/sysfs.h"
#include "launcher/host/sysfs_wait.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kept_of_errors = 16384;

/// What of a script's errors is there to be read, as much as a pipe holds: one that goes on writing
/// has its deadline, too. Never waits: what a script leaves running, such as a DHCP client of a
/// hook, may keep the pipe open.
void take_what_is_there(const FileDescriptor& errors, ProgramResult& result) {
  constexpr int parts_of_a_pipe = 16;
  std::array<char, 4096> part;
  for (int i = 0; i < parts_of_a_pipe; ++i) {
    const ssize_t got = ::read(errors.get(), part.data(), part.size());
    if (got <= 0) break;
    result.errors.append(part.data(), static_cast<std::size_t>(got));
    if (result.errors.size() > kept_of_errors)
      result.errors.erase(0, result.errors.size() - kept_of_errors);
  }
}

class HostScript final : public RunningScript {
 public:
  explicit HostScript(const ScriptCall& call) : deadline_{Clock::now() + time_for_a_script} {
    std::array<int, 2> ends{};
    const std::string& script = call.argv.front();
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno(ExitCode::host, errno, "run " + script);
    errors_ = FileDescriptor{ends[0]};
    const FileDescriptor writing{ends[1]};
    ::fcntl(errors_.get(), F_SETFL, O_NONBLOCK);
    const FileDescriptor nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    SpawnRequest request{.argv = call.argv,
                         .input = nothing.get(),
                         .output = nothing.get(),
                         .errors = writing.get(),
                         .dies_with_us = true,
                         .environment = {{program_path, "LC_ALL=C"}}};
    request.environment->insert(request.environment->end(), call.environment.begin(),
                                call.environment.end());
    child_ = spawn(request, ExitCode::host);
  }
  HostScript(const HostScript&) = delete;
  HostScript& operator=(const HostScript&) = delete;
  ~HostScript() override {
    ProgramResult result;
    if (!is_finished_) await_end(child_, /*at_once=*/true, deadline_, result);
  }

  ProgramResult finish() override {
    ProgramResult result;
    is_finished_ = true;
    // It may be waiting for somebody to read what it says.
    while (!has_ended() && Clock::now() < deadline_) take_what_is_there(errors_, result);
    await_end(child_, /*at_once=*/false, deadline_, result);
    take_what_is_there(errors_, result);
    return result;
  }

 private:
  /// Waits for its end or for something to read, until the deadline.
  bool has_ended() const {
    std::array<pollfd, 2> both{{{.fd = child_.pidfd.get(), .events = POLLIN, .revents = 0},
                                {.fd = errors_.get(), .events = POLLIN, .revents = 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    // Nobody can write any more, and poll would say so at once for ever.
    if (is_closed_) both[1].fd = -1;
    if (::poll(both.data(), both.size(),
               static_cast<int>(std::max<std::int64_t>(left.count(), 0))) <= 0)
      return false;
    is_closed_ = is_closed_ || (both[1].revents & (POLLIN | POLLHUP)) == POLLHUP;
    return both[0].revents != 0;
  }

  Clock::time_point deadline_;
  FileDescriptor errors_;
  Child child_;
  bool is_finished_ = false;
  mutable bool is_closed_ = false;
};

class SysfsNicHost final : public NicHost {
 public:
  explicit SysfsNicHost(const fs::path& root)
      : devices_{root / "sys/bus/xen-backend/devices"}, tun_{root / "dev/net/tun"} {}

  std::unique_ptr<RunningScript> start(const ScriptCall& call) override {
    return std::make_unique<HostScript>(call);
  }

  FileDescriptor make_tap(const std::string& name) override {
    const std::string action = "make network interface " + name;
    FileDescriptor tap{::open(tun_.c_str(), O_RDWR | O_CLOEXEC)};
    if (tap.get() < 0) throw_errno(ExitCode::host, errno, action + " with " + tun_.string());
    unsigned features = 0;
    ifreq request{};
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    if (::ioctl(tap.get(), TUNGETFEATURES, &features) != 0) features = 0;
    request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | (features & IFF_VNET_HDR));
    if (::ioctl(tap.get(), TUNSETIFF, &request) != 0) throw_errno(ExitCode::host, errno, action);
    return tap;
  }

  void await_backend_gone(std::uint32_t domid, unsigned index) override {
    constexpr std::chrono::seconds time_to_go{5};
    const std::string name = fmt::format("vif-{}-{}", domid, index);
    if (!comes_true([&] { return !is_present(devices_ / name); }, time_to_go))
      throw Error{ExitCode::host,
                  fmt::format("cannot end network card {} of domain {}: xen-netback still has its "
                              "backend ({})",
                              index, domid, (devices_ / name).string())};
  }

 private:
  fs::path devices_;
  fs::path tun_;
};

}  // namespace

std::unique_ptr<NicHost> make_nic_host(const fs::path& root) {
  return std::make_unique<SysfsNicHost>(root);
}

}  // namespace xenlaunch
