#pragma once

#include <filesystem>
#include <memory>

#include "base/file_descriptor.h"

struct xs_handle;

namespace xenlaunch {

/// libxenstore's connection to xenstored, together with what the library keeps to itself: that
/// xenstored has ended.
class XsConnection {
 public:
  /// Throws Error (ExitCode::xenstore) unless a xenstored listens on `socket`.
  explicit XsConnection(const std::filesystem::path& socket);

  xs_handle* get() const { return handle_.get(); }
  /// Whether xenstored has ended: it keeps nothing over its own end, so no other connection would
  /// help.
  bool ended() const;
  /// Readable when a watch has fired, or xenstored has ended.
  int change_fd() const { return either_.get(); }

 private:
  struct Close {
    void operator()(xs_handle* handle) const;
  };
  std::unique_ptr<xs_handle, Close> handle_;
  FileDescriptor end_;     ///< looked at for the end alone: what comes on it is libxenstore's
  FileDescriptor either_;  ///< an epoll of the watches and `end_`
};

}  // namespace xenlaunch
