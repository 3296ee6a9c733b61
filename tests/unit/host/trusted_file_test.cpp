#include "launcher/host/trusted_file.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

/// A VM file in two folders, all of this user's.
struct Place {
  testing::TemporaryTree tree;
  std::string file = tree.path("vms/mine/vm.yaml");

  Place() { tree.write("vms/mine/vm.yaml", "name: a\n"); }
  void mode(const std::string& name, mode_t mode) const {
    REQUIRE(::chmod(tree.path(name).c_str(), mode) == 0);
  }
  std::string writer(const std::vector<std::string>& trusted = {}) const {
    return other_writer(file, trusted).value_or("");
  }
};

TEST_CASE(
    "a file of this user's, in folders that nobody else may write to, is this user's to say") {
  const Place place;
  CHECK(place.writer() ==
        "");  // although the folder for temporary files is everybody's, and sticky
  CHECK_NOTHROW(require_trusted(place.file, {}, "do something"));
  CHECK(other_writer(place.tree.path("none")) == std::nullopt);
}

TEST_CASE("who may write to the file or to a folder above it is named") {
  for (const std::string name : {"vms/mine/vm.yaml", "vms/mine", "vms"}) {
    Place place;
    const std::string writes = "all users can write to " + place.tree.path(name);
    place.mode(name, 0707);
    CHECK(place.writer() == writes);
    CHECK(place.writer({"/srv", place.tree.path("vms/other")}) == writes);
    CHECK(place.writer({place.tree.path("vms")}) == "");
    CHECK(place.writer({place.tree.path("vms/mine")}) == (name == "vms" ? writes : ""));
    // In a sticky folder the names are their owners'; a file's own bit means nothing.
    place.mode(name, 01777);
    CHECK(place.writer() == (name == "vms/mine/vm.yaml" ? writes : ""));
    CHECK(error_of([&] {
            require_trusted(place.file, {}, "do something");
          }).starts_with(name == "vms/mine/vm.yaml" ? "4: cannot trust " + place.file : ""));
  }
}

TEST_CASE("an access control list may name others than the mode") {
  Place place;
  place.mode("vms/mine/vm.yaml", 0660);
  if (::getegid() != 0) {
    MESSAGE("not tried: the group is not root's, and says it already");
    return;
  }
  CHECK(place.writer() == "");
  // Version 2: user::rw-, user:1000:rw-, group::---, mask::rw-, other::--- (acl(5)).
  struct Entry {
    std::uint16_t tag, may;
    std::uint32_t id;
  };
  const struct {
    std::uint32_t version = 2;
    Entry entries[5] = {{1, 6, ~0U}, {2, 6, 1000}, {4, 0, ~0U}, {16, 6, ~0U}, {32, 0, ~0U}};
  } list;
  if (::setxattr(place.file.c_str(), "system.posix_acl_access", &list, sizeof list, 0) != 0) {
    MESSAGE("not tried: no access control list can be set here: " << errno_text(errno));
    return;
  }
  CHECK(place.writer() == "an access control list may let others write to " + place.file);
  place.mode("vms/mine/vm.yaml", 0640);  // takes it from all whom the list names
  CHECK(place.writer() == "");
}

TEST_CASE("links are followed, and each folder on the way counts") {
  Place place;
  place.tree.link("open/link.yaml", "../vms/mine/vm.yaml");
  place.tree.link("closed", "open");
  place.file = place.tree.path("closed/link.yaml");
  CHECK(place.writer() == "");
  place.mode("open", 0777);
  CHECK(place.writer() == "all users can write to " + place.tree.path("open"));
  place.mode("open", 0700);
  place.mode("vms", 0777);
  CHECK(place.writer() == "all users can write to " + place.tree.path("vms"));
  place.tree.link("loop", "loop");
  place.file = place.tree.path("loop");
  CHECK(place.writer() == "");  // reading it says what is wrong
}

TEST_CASE("another user's file counts only where sudo ran us for that user") {
  if (::geteuid() != 0) return;
  Place place;
  REQUIRE(::chown(place.file.c_str(), 4711, 0) == 0);
  const std::string owns = "user 4711 owns " + place.file;
  ::unsetenv("SUDO_UID");
  CHECK(place.writer() == owns);
  ::setenv("SUDO_UID", "4711", 1);
  CHECK(place.writer() == "");
  ::setenv("SUDO_UID", "4711x", 1);
  CHECK(place.writer() == owns);
  ::unsetenv("SUDO_UID");
  REQUIRE(::chown(place.file.c_str(), 0, 4711) == 0);
  place.mode("vms/mine/vm.yaml", 0660);
  CHECK(place.writer() == "group 4711 can write to " + place.file);
  REQUIRE(::chown(place.file.c_str(), 0, 0) == 0);
  CHECK(place.writer() == "");
}

}  // namespace
}  // namespace xenlaunch::test
