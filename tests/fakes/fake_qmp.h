#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {

/// A QEMU that answers the commands of one client, the first of them qmp_capabilities, and then
/// hangs up.
class FakeQmp {
 public:
  static inline const std::string done = R"({"return": {}})";

  explicit FakeQmp(std::vector<std::string> answers) : answers_{std::move(answers)} {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    socket().string().copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = FileDescriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
            0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    thread_ = std::jthread{[this] { serve(); }};
  }

  std::filesystem::path socket() const { return tree_.root() / "qmp"; }
  /// What it was asked, qmp_capabilities left out.
  std::vector<std::string> asked() {
    thread_.join();
    return {asked_.begin() + 1, asked_.end()};
  }

 private:
  void serve() {
    const FileDescriptor client{::accept(listener_.get(), nullptr, nullptr)};
    const auto say = [&client](const std::string& line) {
      const std::string text = line + "\n";
      return ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0;
    };
    say(R"({"QMP": {}})");
    answers_.insert(answers_.begin(), done);
    std::string line;
    char c = 0;
    for (const std::string& answer : answers_) {
      while (::read(client.get(), &c, 1) == 1 && c != '\n') line += c;
      asked_.push_back(std::exchange(line, {}));
      if (!say(answer)) return;
    }
  }

  testing::TemporaryTree tree_;
  std::vector<std::string> answers_;
  std::vector<std::string> asked_;
  FileDescriptor listener_;
  std::jthread thread_;
};

}  // namespace xenlaunch::test
