#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// A request of xenstore/wire.h. What belongs into `body` is in docs/misc/xenstore.txt of Xen.
struct StoreRequest {
  std::uint32_t type = 0;  ///< xsd_sockmsg_type
  std::string body;
  std::uint32_t transaction = 0;  ///< 0: none
};

struct StoreAnswer {
  int error = 0;  ///< an errno; 0: it was done
  std::string body;
};

/// A connection to xenstored, in place of libxenstore's: several requests go out at once, where
/// libxenstore needs three writes and a wait for each, with a xenstored that looks at all its
/// connections each time; watches need no thread; and the end of xenstored is told.
class StoreConnection {
 public:
  /// `socket` is connected to xenstored.
  explicit StoreConnection(FileDescriptor socket);
  StoreConnection(const StoreConnection&) = delete;
  StoreConnection& operator=(const StoreConnection&) = delete;
  ~StoreConnection();

  /// Does all of `requests`, in order, whether or not one fails; their answers in the same order. A
  /// request longer than xenstored takes is not sent, and answered by E2BIG. Throws Error
  /// (ExitCode::xenstore) where xenstored has ended, or does not speak the protocol.
  std::vector<StoreAnswer> ask(const std::vector<StoreRequest>& requests);

  /// The tokens of the watches that fired since the last call; does not block. Throws as ask.
  std::vector<std::string> take_changes();
  /// Readable when take_changes() has something, or something to throw.
  int change_fd() const { return either_.get(); }

 private:
  struct Message;
  void send(const std::string& bytes);
  bool receive(int flags);
  bool take_message(Message& message);
  void keep(Message message);
  StoreAnswer await_answer(std::uint32_t type, std::uint32_t id);
  void require_sense() const;
  [[noreturn]] void refuse(const std::string& what);

  FileDescriptor socket_;
  FileDescriptor kept_;    ///< an eventfd: readable while there are changes_
  FileDescriptor either_;  ///< an epoll of the two: a change may come while an answer is awaited
  std::string received_;   ///< not yet a whole message
  std::vector<std::string> changes_;
  std::list<Message> answers_;
  std::string nonsense_;  ///< what it sent; from then on nothing that comes can be told apart
  std::uint32_t last_request_ = 0;
};

}  // namespace xenlaunch
