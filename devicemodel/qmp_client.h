#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/event_loop.h"
#include "base/file_descriptor.h"

namespace xenlaunch {

/// QEMU refuses a command.
struct QmpRefusal : Error {
  using Error::Error;
  std::string words{};  ///< QEMU's, hostile
};

/// A connection to a QEMU's QMP socket, over which it is asked or listened to: at each socket QEMU
/// has one client at a time. Everything that comes over it is hostile.
class QmpClient {
 public:
  /// Throws Error (ExitCode::device_model) where nobody listens at `socket`.
  explicit QmpClient(const std::filesystem::path& socket);
  QmpClient(const QmpClient&) = delete;
  QmpClient& operator=(const QmpClient&) = delete;

  /// The line that answers `command`; events in between are skipped. `arguments` is a JSON object,
  /// or empty. Throws Error (ExitCode::device_model) where the answer does not come within `limit`,
  /// and QmpRefusal where it is a refusal.
  std::string execute(const std::string& command, std::chrono::seconds limit,
                      const std::string& arguments = {});

  /// Calls `use` with a name, "/dev/fdset/3", under which QEMU's commands open `file`: a QEMU that
  /// is another user, with a root of its own, opens no file of the host's by itself. It has to want
  /// the access that `file` was opened with. Afterwards nothing can be opened by that name; what is
  /// open stays so. Throws as execute() does, and what `use` throws.
  void with_file(const FileDescriptor& file, std::chrono::seconds limit,
                 const std::function<void(const std::string&)>& use);

  /// Calls `tell` with each line from now on, for as long as this lives and while somebody waits in
  /// `events`. Where the connection breaks off, or a line is too long for an event, nothing more is
  /// told: QEMU's end is told of elsewhere. `floods` is called where it sends faster than it is
  /// listened to.
  void listen(EventLoop& events, std::function<void(std::string_view)> tell,
              std::function<void()> floods = nullptr);

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  [[noreturn]] void fail(const std::string& reason) const;
  /// With `file` the command comes with that descriptor; -1 is none.
  std::string execute(const std::string& command, std::chrono::seconds limit,
                      const std::string& arguments, int file);
  bool wait_readable(Deadline deadline) const;
  std::string read_line(Deadline deadline);
  std::string ask(const std::string& command, const std::string& arguments, Deadline deadline,
                  int file);
  void send(const std::string& command, const std::string& arguments, int file) const;

  std::string path_;
  FileDescriptor socket_;
  std::string received_;  ///< what is behind the last line that was read
  bool negotiated_ = false;
  std::unique_ptr<DescriptorWatch> watch_;  ///< goes before the socket
};

/// Whether a line of QMP is the answer to a command.
bool is_answer(std::string_view line);

/// The sentence about a line of QMP that an administrator wants to read: a disk that fails, a guest
/// that says it panicked. nullopt for every other line.
std::optional<std::string> qmp_message(std::string_view line);

/// The pty in the answer to query-chardev, or an empty string: only /dev/pts/NUMBER is taken.
std::string serial_tty_in(const std::string& query_chardev_answer);

/// Asks the QEMU behind `socket` for the pty of its chardev "serial0". Throws Error
/// (ExitCode::device_model) when it does not answer within five seconds, or answers something that
/// is no pty.
std::string query_serial_tty(const std::filesystem::path& socket);

}  // namespace xenlaunch
