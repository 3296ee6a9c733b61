#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ostream>
#include <regex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "launcher/cli/commands.h"
#include "launcher/config/vm_reader.h"
#include "launcher/session/vm_status.h"
#include "launcher/undo/state_folder.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// Ctrl-], as telnet and xl have it.
constexpr char leave = 0x1d;

/// The terminal behind the guest's first serial port, or behind its Xen console. The nodes are
/// dom0's, which the guest can only read; even so nothing but a pty is opened.
std::string find_tty(const std::string& vm, const VmConfig& config, Domid domid,
                     const ThisHost& host) {
  const std::string domain = domain_path(domid);
  const bool serial = config.serial.kind == SerialConfig::Kind::pty;
  if (!serial && config.serial.kind != SerialConfig::Kind::none)
    throw Error{ExitCode::host, "cannot open the console of " + vm + ": its serial port goes to " +
                                    config.serial.path + ", as its VM file says"};
  const std::string tty =
      host.store()->read(domain + (serial ? "/serial/0/tty" : "/console/tty")).value_or("");
  if (!std::regex_match(tty, std::regex{"/dev/pts/[0-9]{1,9}"}))
    throw Error{ExitCode::host, "cannot open the console of " + vm + ": it has no terminal" +
                                    (serial ? "" : "; is xenconsoled running?")};
  return tty;
}

/// A terminal without echo and line editing for as long as it lives.
class RawTerminal {
 public:
  RawTerminal() : is_terminal_{::tcgetattr(STDIN_FILENO, &before_) == 0} {
    if (!is_terminal_) return;
    termios raw = before_;
    ::cfmakeraw(&raw);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool is_terminal_;
};

/// Copies what `from` has; false at its end, or at the key that leaves.
bool copy(int from, int to, bool keys) {
  std::array<char, 4096> part;
  const ssize_t got = ::read(from, part.data(), part.size());
  if (got <= 0) return got < 0 && (errno == EINTR || errno == EAGAIN);
  std::string_view text{part.data(), static_cast<std::size_t>(got)};
  const std::size_t end = keys ? text.find(leave) : std::string_view::npos;
  text = text.substr(0, end);
  while (!text.empty()) {
    const ssize_t written = ::write(to, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && to == STDOUT_FILENO)
      throw_errno(ExitCode::host, errno, "write to the standard output");
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return end == std::string_view::npos;
}

/// Until the guest is gone or the key that leaves is pressed; input that ends only ends the input.
void talk(int tty) {
  const RawTerminal raw;
  std::array<pollfd, 2> ends{{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                              {.fd = tty, .events = POLLIN, .revents = 0}}};
  while (::poll(ends.data(), ends.size(), -1) > 0 || errno == EINTR) {
    if (ends[1].revents != 0 && !copy(tty, STDOUT_FILENO, false)) return;
    if (ends[0].revents == 0) continue;
    if (copy(STDIN_FILENO, tty, true)) continue;
    if (::isatty(STDIN_FILENO) == 1) return;
    ends[0].fd = -1;
  }
}

}  // namespace

ExitCode console_command(const Options& options, const ThisHost& host, std::ostream& out,
                         Progress& progress) {
  refuse_copy(options, "open a console on the host");
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const VmStatus status =
      require_vm(host.directories, options.vm, "open the console of " + options.vm, *xen);
  if (!status.journal.domid)
    throw Error{ExitCode::host,
                "cannot open the console of " + options.vm + ": it is " + status.state};
  const VmConfig config = read_vm_file(StateFolder{host.directories.state, options.vm}.vm_file());
  const std::string tty = find_tty(options.vm, config, *status.journal.domid, host);
  const FileDescriptor file{::open(tty.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (file.get() < 0) throw_errno(ExitCode::host, errno, "open " + tty);
  progress.info("the console of " + options.vm + "; Ctrl-] leaves it");
  out.flush();
  talk(file.get());
  return ExitCode::done;
}

}  // namespace xenlaunch
