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

const std::string eject = R"({"execute":"eject","arguments":{"force":false,"id":"hdc"}})";
const std::string force_eject = R"({"execute":"eject","arguments":{"force":true,"id":"hdc"}})";
const std::string change =
    R"({"execute":"blockdev-change-medium","arguments":{"filename":"/a \"b\".iso","format":"raw",)"
    R"("id":"hdc","read-only-mode":"read-only"}})";
const std::string image = "/a \"b\".iso";

TEST_CASE("a medium is put in by one command, and taken out by one") {
  FakeQmp first{{FakeQmp::done}};
  insert_medium(first.socket(), "hdc", image, {});
  CHECK(first.asked() == Lines{change});
  FakeQmp second{{FakeQmp::done}};
  eject_medium(second.socket(), "hdc", {});
  CHECK(second.asked() == Lines{eject});
}

TEST_CASE("a file is opened here, for a QEMU that opens none itself") {
  const testing::TemporaryTree tree;
  tree.write("cd.iso", "x");
  FakeQmp qemu{{R"({"return": {"fd": 42, "fdset-id": 3}})", FakeQmp::done, FakeQmp::done}};
  insert_medium(qemu.socket(), "hdc", tree.path("cd.iso"), {});
  CHECK(qemu.asked() ==
        Lines{R"({"execute":"add-fd"})",
              R"({"execute":"blockdev-change-medium","arguments":{"filename":"/dev/fdset/3",)"
              R"("format":"raw","id":"hdc","read-only-mode":"read-only"}})",
              R"({"execute":"remove-fd","arguments":{"fdset-id":3}})"});
  FakeQmp refusing{
      {R"({"return": {"fd": 42, "fdset-id": 3}})", refusal("No medium"), refusal("gone")}};
  CHECK(error_of([&] { insert_medium(refusing.socket(), "hdc", tree.path("cd.iso"), {}); }) ==
        "7: cannot insert " + tree.path("cd.iso") + " into hdc: No medium");
  CHECK(refusing.asked().back() == R"({"execute":"remove-fd","arguments":{"fdset-id":3}})");
  FakeQmp other{{R"({"return": {"fdset-id": "x"}})"}};
  CHECK(error_of([&] {
          insert_medium(other.socket(), "hdc", tree.path("cd.iso"), {});
        }).ends_with("it does not say what it calls the file that it was given"));
}

TEST_CASE("a tray that the guest has locked is opened only by force") {
  FakeQmp asked{{locked}};
  CHECK(error_of([&] {
          eject_medium(asked.socket(), "hdc", {.time_to_let_go = std::chrono::seconds{-1}});
        }) ==
        "7: cannot eject what is in hdc: the guest holds the tray locked; unmount or eject "
        "the medium in the guest, or use --force");
  FakeQmp forced{{FakeQmp::done, FakeQmp::done}};
  insert_medium(forced.socket(), "hdc", image, {.force = true});
  CHECK(forced.asked() == Lines{force_eject, change});
}

TEST_CASE("QEMU's own words tell why it does not take an image, and reach nobody's terminal") {
  FakeQmp qemu{{refusal(R"(Could not open '/a': \u001b[2J)")}};
  CHECK(error_of([&] { insert_medium(qemu.socket(), "hdc", "/a", {}); }) ==
        "7: cannot insert /a into hdc: Could not open '/a': \\x1b[2J");
  FakeQmp silent{{R"({"error": 5})"}};
  CHECK(error_of([&] { eject_medium(silent.socket(), "hdc", {}); }) ==
        "7: cannot eject what is in hdc: QEMU refuses it");
  FakeQmp gone{{}};
  const std::string socket = gone.socket();
  CHECK(error_of([&] {
          eject_medium(socket, "hdc", {});
        }).starts_with("7: cannot ask QEMU over " + socket + ": "));
}

}  // namespace
}  // namespace xenlaunch::test
