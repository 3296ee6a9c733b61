#include "devicemodel/cd_drive.h"

#include "base/error.h"
#include "tests/fakes/fake_qmp.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Lines = std::vector<std::string>;

std::string refusal(const std::string& words) {
  return R"({"error": {"class": "GenericError", "desc": ")" + words + "\"}}";
}

const std::string locked = refusal(
    "Device 'hdc' is locked and force was not specified, wait for tray to open and try again");

const std::string gone = refusal("Failed to find node with node-name='medium-hdc'");
const std::string given = R"({"return": {"fd": 42, "fdset-id": 3}})";

const std::string add = R"({"execute":"add-fd"})";
const std::string take_back = R"({"execute":"remove-fd","arguments":{"fdset-id":3}})";
const std::string eject = R"({"execute":"eject","arguments":{"force":false,"id":"hdc"}})";
const std::string force_eject = R"({"execute":"eject","arguments":{"force":true,"id":"hdc"}})";
const std::string close_device =
    R"({"execute":"blockdev-del","arguments":{"node-name":"medium-hdc"}})";
const std::string change =
    R"({"execute":"blockdev-change-medium","arguments":{"filename":"/dev/fdset/3",)"
    R"("format":"raw","id":"hdc","read-only-mode":"read-only"}})";
const std::string open_device =
    R"({"execute":"blockdev-add","arguments":{"driver":"raw","file":{"driver":"host_device",)"
    R"("filename":"/dev/fdset/3"},"node-name":"medium-hdc","read-only":true}})";
const std::string insert_device =
    R"({"execute":"blockdev-insert-medium","arguments":{"id":"hdc","node-name":"medium-hdc"}})";
const std::string close_tray = R"({"execute":"blockdev-close-tray","arguments":{"id":"hdc"}})";

struct Image {
  testing::TemporaryTree tree;
  std::string path = tree.path("a \"b\".iso");
  Image() { tree.write("a \"b\".iso", "x"); }
  Medium file() const { return open_medium(path); }
  Medium device() const {
    Medium medium = open_medium(path);
    medium.is_device = true;
    return medium;
  }
};

TEST_CASE("a file is opened here, and put in by one command") {
  const Image image;
  FakeQmp qemu{{given, FakeQmp::done, FakeQmp::done, gone}};
  insert_medium(qemu.socket(), "hdc", image.file(), {});
  CHECK(qemu.asked() == Lines{add, change, take_back, close_device});
  FakeQmp forced{{FakeQmp::done, given, FakeQmp::done, FakeQmp::done, FakeQmp::done}};
  insert_medium(forced.socket(), "hdc", image.file(), {.force = true});
  CHECK(forced.asked() == Lines{force_eject, add, change, take_back, close_device});
}

TEST_CASE("QEMU is told of a block device that it is one") {
  const Image image;
  const auto done = FakeQmp::done;
  FakeQmp qemu{{done, gone, given, done, done, done, done}};
  insert_medium(qemu.socket(), "hdc", image.device(), {});
  CHECK(qemu.asked() ==
        Lines{eject, close_device, add, open_device, take_back, insert_device, close_tray});
  FakeQmp forced{{done, done, given, done, done, done, done}};
  insert_medium(forced.socket(), "hdc", image.device(), {.force = true});
  CHECK(forced.asked().front() == force_eject);
}

TEST_CASE("what is taken out of a drive is closed") {
  FakeQmp qemu{{FakeQmp::done, FakeQmp::done}};
  eject_medium(qemu.socket(), "hdc", {});
  CHECK(qemu.asked() == Lines{eject, close_device});
}

TEST_CASE("a medium that cannot be opened is told of before anything is taken out") {
  const Image image;
  CHECK(error_of([&] { open_medium(image.tree.path("none.iso")); }) ==
        "4: cannot open " + image.tree.path("none.iso") + ": No such file or directory");
}

TEST_CASE("a refusal says what has become of what was in the drive") {
  const Image image;
  FakeQmp in_place{{given, refusal("No medium"), refusal("gone")}};
  CHECK(error_of([&] { insert_medium(in_place.socket(), "hdc", image.file(), {}); }) ==
        "7: cannot insert " + image.path + " into hdc: No medium");
  CHECK(in_place.asked() == Lines{add, change, take_back});
  FakeQmp out{{FakeQmp::done, gone, given, refusal("No medium"), FakeQmp::done}};
  CHECK(error_of([&] { insert_medium(out.socket(), "hdc", image.device(), {}); }) ==
        "7: cannot insert " + image.path + " into hdc: No medium; what was in hdc is out");
  CHECK(out.asked() == Lines{eject, close_device, add, open_device, take_back});
  FakeQmp other{{R"({"return": {"fdset-id": "x"}})"}};
  CHECK(error_of([&] {
          insert_medium(other.socket(), "hdc", image.file(), {});
        }).ends_with("it does not say what it calls the file that it was given"));
}

TEST_CASE("a tray that the guest has locked is opened only by force") {
  const Image image;
  const LockedTray impatient{.time_to_let_go = std::chrono::seconds{-1}};
  const std::string held =
      ": the guest holds the tray locked; unmount or eject the medium in the guest, or use --force";
  FakeQmp asked{{locked}};
  CHECK(error_of([&] { eject_medium(asked.socket(), "hdc", impatient); }) ==
        "7: cannot eject what is in hdc" + held);
  FakeQmp device{{locked}};
  CHECK(error_of([&] { insert_medium(device.socket(), "hdc", image.device(), impatient); }) ==
        "7: cannot insert " + image.path + " into hdc" + held);
}

TEST_CASE("QEMU's own words tell why it does not take an image, and reach nobody's terminal") {
  const Image image;
  FakeQmp qemu{{given, refusal(R"(Could not open '/a': \u001b[2J)"), FakeQmp::done}};
  CHECK(error_of([&] { insert_medium(qemu.socket(), "hdc", image.file(), {}); }) ==
        "7: cannot insert " + image.path + " into hdc: Could not open '/a': \\x1b[2J");
  FakeQmp silent{{R"({"error": 5})"}};
  CHECK(error_of([&] { eject_medium(silent.socket(), "hdc", {}); }) ==
        "7: cannot eject what is in hdc: QEMU refuses it");
  FakeQmp absent{{}};
  const std::string socket = absent.socket();
  CHECK(error_of([&] {
          eject_medium(socket, "hdc", {});
        }).starts_with("7: cannot ask QEMU over " + socket + ": "));
}

}  // namespace
}  // namespace xenlaunch::test
