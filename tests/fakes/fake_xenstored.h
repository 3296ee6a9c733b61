#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/file_descriptor.h"

namespace xenlaunch::test {

/// A xenstored over a map, on a socket of its own: what libxenstore connects to. Its members
/// are the test's to change and look at while no request is under way.
class FakeXenstored {
 public:
  FakeXenstored();
  FakeXenstored(const FakeXenstored&) = delete;
  FakeXenstored& operator=(const FakeXenstored&) = delete;
  ~FakeXenstored();

  std::filesystem::path socket() const { return folder_ / "socket"; }
  /// What it says when a watch with `token` fires.
  static std::string change(const std::string& token);
  static std::string answer_to_write();
  /// Sends `bytes` to the client as they are, now.
  void send(const std::string& bytes) const;
  /// Closes the connection, as where it does not like what the client says.
  void drop_client() const;
  /// Waits for the last client to close its connection.
  void await_client_gone() { thread_.join(); }
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
  int clients = 1;                              ///< so many, one after the other
  int requests = 0;                             ///< that have come
  std::size_t room = 4096;                      ///< bytes of names that fit into an answer
  int changes_of_list = 0;  ///< so many parts of a list are followed by a new name in front

 private:
  struct Message;
  static std::optional<Message> receive(int fd);
  void serve();
  void serve_client();
  std::string answer(const Message& request);
  std::string perform(const std::string& what, const Message& request);
  std::string names(const std::string& path, const Nodes& nodes) const;
  std::string part_of_names(const std::vector<std::string>& arguments, const Nodes& nodes);

  std::filesystem::path folder_;
  FileDescriptor listener_;
  FileDescriptor client_;
  std::mutex ending_;
  bool ended_ = false;
  std::optional<Nodes> transaction_;
  int generation_ = 1;
  std::jthread thread_;
};

}  // namespace xenlaunch::test
