#include "devicemodel/cd_drive.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Lines = std::vector<std::string>;

const std::string done = R"({"return": {}})";

std::string refusal(const std::string& words) {
  return R"({"error": {"class": "GenericError", "desc": ")" + words + "\"}}";
}

const std::string locked = refusal(
    "Device 'hdc' is locked and force was not specified, wait for tray to open and try again");

/// A QEMU that answers the commands of one client, the first of them qmp_capabilities, and then
/// hangs up.
class Qemu {
 public:
  explicit Qemu(Lines answers) : answers_{std::move(answers)} {
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
  Lines asked() {
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
  Lines answers_;
  Lines asked_;
  FileDescriptor listener_;
  std::jthread thread_;
};

const std::string eject = R"({"execute":"eject","arguments":{"force":false,"id":"hdc"}})";
const std::string force_eject = R"({"execute":"eject","arguments":{"force":true,"id":"hdc"}})";
const std::string change =
    R"({"execute":"blockdev-change-medium","arguments":{"filename":"/a \"b\".iso","format":"raw",)"
    R"("id":"hdc","read-only-mode":"read-only"}})";
const std::string image = "/a \"b\".iso";

TEST_CASE("a medium is put in by one command, and taken out by one") {
  Qemu first{{done}};
  insert_medium(first.socket(), "hdc", image, {});
  CHECK(first.asked() == Lines{change});
  Qemu second{{done}};
  eject_medium(second.socket(), "hdc", {});
  CHECK(second.asked() == Lines{eject});
}

TEST_CASE("a file is opened here, for a QEMU that opens none itself") {
  const testing::TemporaryTree tree;
  tree.write("cd.iso", "x");
  Qemu qemu{{R"({"return": {"fd": 42, "fdset-id": 3}})", done, done}};
  insert_medium(qemu.socket(), "hdc", tree.path("cd.iso"), {});
  CHECK(qemu.asked() ==
        Lines{R"({"execute":"add-fd"})",
              R"({"execute":"blockdev-change-medium","arguments":{"filename":"/dev/fdset/3",)"
              R"("format":"raw","id":"hdc","read-only-mode":"read-only"}})",
              R"({"execute":"remove-fd","arguments":{"fdset-id":3}})"});
  Qemu other{{R"({"return": {"fdset-id": "x"}})"}};
  CHECK(error_of([&] {
          insert_medium(other.socket(), "hdc", tree.path("cd.iso"), {});
        }).ends_with("it does not say what it calls the file that it was given"));
}

TEST_CASE("a tray that the guest has locked is opened only by force") {
  Qemu asked{{locked}};
  CHECK(error_of([&] {
          eject_medium(asked.socket(), "hdc", {.time_to_let_go = std::chrono::seconds{-1}});
        }) ==
        "7: cannot eject what is in hdc: the guest holds the tray locked; unmount or eject "
        "the medium in the guest, or use --force");
  Qemu forced{{done, done}};
  insert_medium(forced.socket(), "hdc", image, {.force = true});
  CHECK(forced.asked() == Lines{force_eject, change});
}

TEST_CASE("QEMU's own words tell why it does not take an image, and reach nobody's terminal") {
  Qemu qemu{{refusal(R"(Could not open '/a': \u001b[2J)")}};
  CHECK(error_of([&] { insert_medium(qemu.socket(), "hdc", "/a", {}); }) ==
        "7: cannot insert /a into hdc: Could not open '/a': \\x1b[2J");
  Qemu silent{{R"({"error": 5})"}};
  CHECK(error_of([&] { eject_medium(silent.socket(), "hdc", {}); }) ==
        "7: cannot eject what is in hdc: QEMU refuses it");
  Qemu gone{{}};
  const std::string socket = gone.socket();
  CHECK(error_of([&] {
          eject_medium(socket, "hdc", {});
        }).starts_with("7: cannot ask QEMU over " + socket + ": "));
}

}  // namespace
}  // namespace xenlaunch::test
