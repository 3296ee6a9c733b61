#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/event_loop.h"
#include "base/file_descriptor.h"
#include "base/spawn.h"
#include "devicemodel/device_model.h"

namespace xenlaunch {

/// A QEMU that is to end first writes what it holds of a qcow2 image's tables.
inline constexpr std::chrono::seconds time_to_write_back{2};
/// A process that was killed ends once the kernel has finished what it does for it.
inline constexpr std::chrono::seconds time_to_die{30};

/// The processes beside a QEMU (Companion).
class Companions {
 public:
  /// `failed` learns of one that ends before it should, with its failure as ended() has it.
  using Failed = std::function<void(const Companion&, const std::string& failure)>;
  Companions(EventLoop& events, Failed failed) : events_{events}, failed_{std::move(failed)} {}

  /// Starts it, with `output` as both its outputs. Returns QEMU's end of the socket that connects
  /// the two; -1 where nothing does. Throws Error (ExitCode::device_model).
  FileDescriptor start(const Companion& companion, const FileDescriptor& output);

  /// Takes over one that an earlier launcher has started.
  void adopt(Companion companion, Child process) {
    watch(std::move(companion), std::move(process));
  }

  /// How one has ended, if not as it does with QEMU: "what serves … exited with status 1".
  std::optional<std::string> ended() const;

  std::vector<pid_t> processes() const;

  /// Has those end that QEMU does not need for its own end.
  void begin_to_end();
  /// Ends all, and waits until they are gone. Throws Error (ExitCode::device_model) where one is
  /// not; that one stays among these.
  void end();

 private:
  struct Running {
    Companion companion;
    Child process;
    std::optional<ProcessEnd> end{};
    std::unique_ptr<DescriptorWatch> watch{};  ///< goes before what it watches
    std::optional<std::string> failure() const;
    bool ends();  ///< ends it; whether it is gone
  };
  void watch(Companion companion, Child process);

  EventLoop& events_;
  Failed failed_;
  std::vector<std::unique_ptr<Running>> running_;
};

/// Ends those that an earlier launcher has started for domain `domid`, as a QEMU may have left its
/// socket with others. Fine where there are none. Throws Error (ExitCode::device_model).
void end_companions_of(std::uint32_t domid);

}  // namespace xenlaunch
