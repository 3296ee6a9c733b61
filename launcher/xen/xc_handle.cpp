#include "launcher/xen/xc_handle.h"

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <utility>

#include "base/error.h"

namespace xenlaunch {

void XcHandle::Log::take(xentoollog_logger* logger, xentoollog_level level, int /*error_number*/,
                         const char* /*context*/, const char* format, va_list arguments) {
  if (level < XTL_ERROR) return;
  std::array<char, 512> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  reinterpret_cast<Log*>(logger)->last_error = text.data();
}

XcHandle::XcHandle() {
  log_.base = {.vmessage = &Log::take, .progress = nullptr, .destroy = nullptr};
  handle_ = xc_interface_open(&log_.base, &log_.base, 0);
  if (handle_ != nullptr) return;
  const int error_number = errno;
  throw Error{
      ExitCode::xen,
      "cannot talk to the Xen hypervisor: /dev/xen/privcmd: " + errno_text(error_number) +
          (error_number == EACCES
               ? "; only root in dom0 may"
               : "; is this dom0 of a host that was booted with Xen? (modprobe xen-privcmd)")};
}

XcHandle::~XcHandle() {
  if (handle_ != nullptr) xc_interface_close(handle_);
}

void XcHandle::fail(const std::string& action, int error_number) {
  std::string message = "cannot " + action + ": " + errno_text(error_number);
  if (!log_.last_error.empty()) message += " (" + std::exchange(log_.last_error, {}) + ")";
  throw Error{ExitCode::xen, message};
}

void XcHandle::check(int result, const std::string& action) {
  if (result < 0) fail(action, errno);
}

}  // namespace xenlaunch
