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

  xs_handle* get() const { return ends_.handle.get(); }
  /// Whether xenstored has ended, or closed the connection.
  bool ended() const;
  /// Whether a request is answered, be it by an error of xenstored's.
  bool answers() const;
  /// Makes the connection anew, without the watches that it had. Throws Error (ExitCode::xenstore)
  /// where that cannot be, also where another xenstored listens by now: one keeps nothing over its
  /// own end.
  void renew();
  /// Readable when a watch has fired, or xenstored has ended.
  int change_fd() const { return either_.get(); }

 private:
  struct Close {
    void operator()(xs_handle* handle) const;
  };
  struct Ends {
    std::unique_ptr<xs_handle, Close> handle;
    FileDescriptor end;  ///< looked at for the end alone: what comes on it is libxenstore's
  };
  static Ends connect(const std::filesystem::path& socket);
  void await_changes();

  std::filesystem::path socket_;
  Ends ends_;
  FileDescriptor either_;  ///< an epoll of the watches and the end
};

}  // namespace xenlaunch
