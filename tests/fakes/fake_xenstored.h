#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"

namespace xenlaunch::test {

/// A message as on the wire; the numbers are xen/io/xs_wire.h's.
struct StoreMessage {
  std::uint32_t type = 0;
  std::uint32_t id = 0;
  std::uint32_t transaction = 0;
  std::string body;
  std::string bytes() const;
};

/// What a xenstored says when a watch with `token` fires.
std::string change(const std::string& token);

/// A xenstored over a map, at the other end of a socket. Its members are the test's to change and
/// look at while no request is under way.
class FakeXenstored {
 public:
  FakeXenstored();
  FakeXenstored(const FakeXenstored&) = delete;
  FakeXenstored& operator=(const FakeXenstored&) = delete;
  ~FakeXenstored();

  /// The client's end, once.
  FileDescriptor take_client() { return std::move(client_); }
  /// Sends `bytes` as they are, now.
  void send(const std::string& bytes) const;
  /// Closes its end, as a xenstored that is killed.
  void end();

  using Nodes = std::map<std::string, std::string>;
  Nodes nodes;                                  ///< committed
  std::vector<std::string> permissions;         ///< every set_perms: "PATH n0 r7"
  std::vector<std::string> calls;               ///< begin, commit, abort, watches, introductions
  std::map<std::string, std::string> failures;  ///< "write" or "write /b": the error's name
  int conflicts = 0;                            ///< so many commits fail with EAGAIN
  std::string before_answer;                    ///< bytes in front of the next answer
  std::string behind_answer;                    ///< bytes behind the next answer, and with it
  std::size_t room = 4096;                      ///< bytes of names that fit into an answer
  int changes_of_list = 0;  ///< so many parts of a list are followed by a new name in front

 private:
  void serve();
  std::string answer(const StoreMessage& request);
  std::string perform(const std::string& what, const StoreMessage& request);
  std::string names(const std::string& path, const Nodes& nodes) const;
  std::string part_of_names(const std::vector<std::string>& arguments, const Nodes& nodes);

  FileDescriptor client_;
  FileDescriptor server_;
  std::optional<Nodes> transaction_;
  int generation_ = 1;
  std::jthread thread_;
};

}  // namespace xenlaunch::test
