#pragma once

#include <string>

#include "launcher/xen/xen_headers.h"

namespace xenlaunch {

/// The connection to the hypervisor, with what libxenctrl said last kept for the message of the
/// next error.
class XcHandle {
 public:
  XcHandle();  ///< throws Error (ExitCode::xen) naming what is missing
  XcHandle(const XcHandle&) = delete;
  XcHandle& operator=(const XcHandle&) = delete;
  ~XcHandle();

  xc_interface* get() const { return handle_; }

  /// Throws Error (ExitCode::xen) "cannot ACTION: REASON", the reason from errno and libxenctrl's
  /// own last words.
  [[noreturn]] void fail(const std::string& action, int error_number);
  /// fail() with errno where `result`, of an xc_* call, is negative.
  void check(int result, const std::string& action);
  void forget_messages() { log_.last_error.clear(); }

 private:
  struct Log {
    xentoollog_logger base;  // first: libxentoollog knows us by its address
    std::string last_error;
    static void take(xentoollog_logger* logger, xentoollog_level level, int error_number,
                     const char* context, const char* format, va_list arguments);
  };
  Log log_;
  xc_interface* handle_ = nullptr;
};

}  // namespace xenlaunch
