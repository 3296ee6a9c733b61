#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file_descriptor.h"
#include "launcher/host/nic_script.h"
#include "launcher/host/program.h"

namespace xenlaunch {

/// LIBXL_HOTPLUG_TIMEOUT of tools/libs/light/libxl_internal.h.
constexpr std::chrono::seconds time_for_a_script{40};

/// A script that was started. One that is not waited for is killed with what it has started; so is
/// the script itself where this process ends.
class RunningScript {
 public:
  virtual ~RunningScript() = default;
  /// Waits for its end, at most time_for_a_script from its start on, then kills it.
  virtual ProgramResult finish() = 0;
};

/// What the host does for network cards beside xenstore.
class NicHost {
 public:
  virtual ~NicHost() = default;
  /// Throws Error (ExitCode::host) "cannot run SCRIPT: REASON".
  virtual std::unique_ptr<RunningScript> start(const ScriptCall& call) = 0;
  /// Makes the network interface `name`, which is there until who has the descriptor has closed it:
  /// a tap device as QEMU makes it (tap_open of its net/tap-linux.c). Throws Error
  /// (ExitCode::host).
  virtual FileDescriptor make_tap(const std::string& name) = 0;
  /// Waits until the kernel has no backend of the domain's card `index` any more, and with it no
  /// network interface. Throws Error (ExitCode::host) where it has one after five seconds.
  virtual void await_backend_gone(std::uint32_t domid, unsigned index) = 0;
};

/// The NicHost whose /sys and /dev are below `root`.
std::unique_ptr<NicHost> make_nic_host(const std::filesystem::path& root);

}  // namespace xenlaunch
