#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"
#include "tests/unit/xenstore/xs_fixture.h"

namespace xenlaunch::test {
namespace {

using Nodes = FakeXenstored::Nodes;

TEST_CASE_FIXTURE(Fixture, "a value is read as it is, NUL bytes included") {
  const std::string value("a\0b\n", 4);
  daemon.nodes = {{"/a", value}, {"/empty", ""}};
  CHECK(store->read("/a") == value);
  CHECK(store->read("/empty") == "");
  store->write({{"/b", value, Access::dom0_only}}, 7);
  CHECK(daemon.nodes["/b"] == value);
}

TEST_CASE_FIXTURE(Fixture, "no such node is an answer, not an error") {
  CHECK(store->read("/a") == std::nullopt);
  CHECK(store->list("/a").empty());
  store->remove({"/a", "/b"});
  daemon.failures["unwatch"] = "ENOENT";
  store->unwatch("/a");
}

TEST_CASE_FIXTURE(Fixture, "a node's children are listed, and nothing below them") {
  daemon.nodes = {{"/a", ""}, {"/a/1", ""}, {"/a/1/x", ""}, {"/a/2/x", ""}, {"/ab", ""}};
  CHECK(store->list("/a") == Lines{"1", "2"});
  CHECK(store->list("/ab").empty());
}

TEST_CASE_FIXTURE(Fixture, "all nodes are written in one transaction") {
  store->write({{"/a", "1", Access::dom0_only}, {"/a/b", "2", Access::dom0_only}}, 7);
  CHECK(daemon.nodes == Nodes{{"/a", "1"}, {"/a/b", "2"}});
  CHECK(daemon.calls == Lines{"begin", "commit"});
}

TEST_CASE_FIXTURE(Fixture, "permissions are set only where they differ from what is inherited") {
  store->write({{"/d", "", Access::guest_reads},
                {"/d/name", "vm", Access::guest_reads},
                {"/d/control/shutdown", "", Access::guest_owns},
                {"/d/control/shutdown/x", "", Access::guest_owns},
                {"/d/control/y", "", Access::guest_reads},
                {"/d/front", "", Access::guest_owns_dom0_reads},
                {"/d/front/state", "1", Access::guest_owns_dom0_reads},
                {"/d/front/secret", "", Access::dom0_only},
                {"/dx", "", Access::guest_reads},
                {"/l", "", Access::dom0_only},
                {"/l/x", "", Access::dom0_only}},
               7);
  CHECK(daemon.permissions == Lines{"/d n0 r7", "/d/control/shutdown n7", "/d/front n7 r0",
                                    "/d/front/secret n0", "/dx n0 r7", "/l n0"});
}

TEST_CASE_FIXTURE(Fixture, "a folder that other nodes make is no request of its own") {
  store->write({{"/d", "", Access::guest_reads},
                {"/d/folder", "", Access::guest_reads},
                {"/d/folder/x", "1", Access::guest_owns},
                {"/d/empty", "", Access::guest_reads},
                {"/d/owned", "", Access::guest_owns},
                {"/d/owned/x", "2", Access::guest_owns}},
               7);
  CHECK(daemon.nodes == Nodes{{"/d", ""},
                              {"/d/empty", ""},
                              {"/d/folder", ""},
                              {"/d/folder/x", "1"},
                              {"/d/owned", ""},
                              {"/d/owned/x", "2"}});
  CHECK(daemon.permissions == Lines{"/d n0 r7", "/d/folder/x n7", "/d/owned n7"});
  CHECK(daemon.requests == 2 + 5 + 3);
}

TEST_CASE_FIXTURE(Fixture, "permissions set by one write are inherited in the next") {
  store->write({{"/d", "", Access::guest_reads}}, 7);
  daemon.calls.clear();
  store->write({{"/d/a", "1", Access::guest_reads}}, 7);
  CHECK(daemon.calls.empty());  // a single write needs no transaction
  store->write({{"/d/b", "1", Access::guest_reads}, {"/d/c", "1", Access::guest_reads}}, 8);
  CHECK(daemon.permissions == Lines{"/d n0 r7", "/d/b n0 r8", "/d/c n0 r8"});
  store->remove({"/d"});
  store->write({{"/d/a", "1", Access::guest_reads}}, 7);
  CHECK(daemon.permissions.back() == "/d/a n0 r7");
}

TEST_CASE_FIXTURE(Fixture, "permissions that a failed write has set are set by the next") {
  daemon.failures["end T"] = "EIO";
  CHECK_THROWS_AS(store->write({{"/d", "", Access::guest_reads}}, 7), Error);
  daemon.failures.clear();
  store->write({{"/d/a", "1", Access::guest_reads}}, 7);
  CHECK(daemon.permissions == Lines{"/d n0 r7", "/d/a n0 r7"});
}

TEST_CASE_FIXTURE(Fixture, "a transaction in conflict with another's is done again") {
  daemon.conflicts = 99;
  store->write({{"/a", "1", Access::dom0_only}}, 7);
  CHECK(daemon.nodes == Nodes{{"/a", "1"}});
  CHECK(std::count(daemon.calls.begin(), daemon.calls.end(), "commit") == 100);
}

TEST_CASE_FIXTURE(Fixture, "a guest cannot keep one node of its own from being written") {
  daemon.conflicts = 1000;
  store->write({{"/a", "poweroff", Access::guest_owns}}, 7);
  CHECK(daemon.nodes == Nodes{{"/a", "poweroff"}});
  CHECK(daemon.permissions == Lines{"/a n7"});
  CHECK(daemon.calls.empty());
}

TEST_CASE_FIXTURE(Fixture, "a xenstored that stays busy is given up after 100 attempts") {
  daemon.conflicts = 1000;
  CHECK(error_of([&] {
          store->write({{"/a", "1", Access::dom0_only}}, 7);
        }) == "6: cannot commit a xenstore transaction: xenstored stayed busy");
  CHECK(daemon.conflicts == 900);
}

TEST_CASE_FIXTURE(Fixture, "a write that fails in between leaves nothing behind") {
  daemon.failures["write /b"] = "ENOSPC";
  CHECK(error_of([&] {
          store->write({{"/a", "1", Access::dom0_only}, {"/b", "2", Access::dom0_only}}, 7);
        }) == "6: cannot write xenstore node /b: No space left on device");
  CHECK(daemon.nodes.empty());
  CHECK(daemon.calls == Lines{"begin", "abort"});
}

TEST_CASE_FIXTURE(Fixture, "nodes that nobody looks at are written without a transaction") {
  daemon.conflicts = 1000;
  store->write_unseen({{"/d", "", Access::guest_reads},
                       {"/d/x", "1", Access::guest_reads},
                       {"/d/owned", "", Access::guest_owns}},
                      7);
  store->write_unseen({{"/d/late/y", "2", Access::guest_reads}}, 7);
  CHECK(daemon.nodes ==
        Nodes{{"/d", ""}, {"/d/late", ""}, {"/d/late/y", "2"}, {"/d/owned", ""}, {"/d/x", "1"}});
  CHECK(daemon.permissions == Lines{"/d n0 r7", "/d/owned n7"});
  CHECK(daemon.calls.empty());
}

TEST_CASE_FIXTURE(Fixture, "of nodes that nobody looks at a failed write leaves none behind") {
  daemon.nodes = {{"/others", ""}};
  daemon.failures["write /b/y"] = "ENOSPC";
  const std::vector<Node> nodes{{"/a", "", Access::guest_reads},
                                {"/a/x", "1", Access::guest_reads},
                                {"/b", "", Access::dom0_only},
                                {"/b/y", "2", Access::dom0_only}};
  CHECK(error_of([&] { store->write_unseen(nodes, 7); }) ==
        "6: cannot write xenstore node /b/y: No space left on device");
  CHECK(daemon.nodes == Nodes{{"/others", ""}});
  daemon.failures.clear();
  store->write_unseen(nodes, 7);  // with all permissions once more
  CHECK(daemon.permissions == Lines{"/a n0 r7", "/b n0", "/a n0 r7", "/b n0"});
  daemon.failures["write /a/z"] = "ENOSPC";
  CHECK_THROWS_AS(store->write_unseen({{"/a/z", "3", Access::guest_reads}}, 7), Error);
  CHECK(daemon.nodes.size() == 5);  // of an earlier write nothing is taken
}

TEST_CASE_FIXTURE(Fixture, "nodes are removed with all below them, one after the other") {
  daemon.nodes = {{"/a", ""}, {"/a/b", ""}, {"/ab", ""}, {"/c", ""}};
  store->remove({"/a", "/nothing", "/c"});
  CHECK(daemon.nodes == Nodes{{"/ab", ""}});
  CHECK(daemon.calls.empty());  // no transaction, which costs two requests
  daemon.nodes = {{"/a", ""}, {"/b", ""}, {"/c", ""}};
  daemon.failures["rm /b"] = "EIO";
  CHECK(error_of([&] {
          store->remove({"/a", "/b", "/c"});
        }) == "6: cannot remove xenstore node /b: Input/output error");
  CHECK(daemon.nodes == Nodes{{"/b", ""}, {"/c", ""}});
}

TEST_CASE_FIXTURE(Fixture, "a free node is claimed") {
  CHECK(store->claim({"/a", "7", Access::dom0_only}, [](const std::string&) { return true; }) ==
        std::nullopt);
  CHECK(daemon.nodes == Nodes{{"/a", "7"}});
  CHECK(daemon.permissions == Lines{"/a n0"});
}

TEST_CASE_FIXTURE(Fixture, "a node with a value worth keeping is not claimed") {
  daemon.nodes = {{"/a", "3"}};
  CHECK(store->claim({"/a", "7", Access::dom0_only},
                     [](const std::string& value) { return value == "3"; }) == "3");
  CHECK(daemon.nodes == Nodes{{"/a", "3"}});
}

TEST_CASE_FIXTURE(Fixture, "a node with a stale value is claimed") {
  daemon.nodes = {{"/a", "3"}};
  CHECK(store->claim({"/a", "7", Access::dom0_only}, [](const std::string&) { return false; }) ==
        std::nullopt);
  CHECK(daemon.nodes == Nodes{{"/a", "7"}});
}

TEST_CASE_FIXTURE(Fixture, "a claim in conflict asks again") {
  daemon.nodes = {{"/a", "3"}};
  daemon.conflicts = 1;
  int asked = 0;
  const auto keep = [&](const std::string&) {
    if (++asked == 1) daemon.nodes["/a"] = std::string{"4"};  // the other writer
    return asked == 2;
  };
  CHECK(store->claim({"/a", "7", Access::dom0_only}, keep) == "4");
  CHECK(daemon.nodes == Nodes{{"/a", "4"}});
}

TEST_CASE_FIXTURE(Fixture, "a claim whose question fails is given up") {
  daemon.nodes = {{"/a", "3"}};
  const auto keep = [](const std::string&) -> bool { throw Error{ExitCode::xen, "no Xen"}; };
  CHECK(error_of([&] { store->claim({"/a", "7", Access::dom0_only}, keep); }) == "5: no Xen");
  CHECK(daemon.calls == Lines{"begin", "abort"});
}

TEST_CASE_FIXTURE(Fixture, "every error names its node and the reason") {
  for (const char* request :
       {"read", "write", "rm", "directory", "watch", "unwatch", "introduce", "begin"})
    daemon.failures[request] = "EACCES";
  const std::vector<Node> nodes{{"/a", "1", Access::dom0_only}};
  CHECK(error_of([&] { store->read("/a"); }) ==
        "6: cannot read xenstore node /a: Permission denied");
  CHECK(error_of([&] { store->list("/a"); }) ==
        "6: cannot list xenstore node /a: Permission denied");
  CHECK(error_of([&] { store->watch("/a"); }) ==
        "6: cannot watch xenstore node /a: Permission denied");
  CHECK(error_of([&] { store->unwatch("/a"); }) ==
        "6: cannot stop watching xenstore node /a: Permission denied");
  CHECK(error_of([&] { store->introduce(7, 1, 2); }) ==
        "6: cannot introduce domain 7 to xenstored: Permission denied");
  CHECK(error_of([&] { store->write(nodes, 7); }) ==
        "6: cannot start a xenstore transaction: Permission denied");
  daemon.failures.erase("begin");
  CHECK(error_of([&] { store->write(nodes, 7); }) ==
        "6: cannot write xenstore node /a: Permission denied");
  CHECK(error_of([&] { store->remove({"/a"}); }) ==
        "6: cannot remove xenstore node /a: Permission denied");
  daemon.failures = {{"set_perms", "EINVAL"}};
  CHECK(error_of([&] { store->write(nodes, 7); }) ==
        "6: cannot set the permissions of xenstore node /a: Invalid argument");
  daemon.failures = {{"end T", "EIO"}};
  CHECK(error_of([&] { store->write(nodes, 7); }) ==
        "6: cannot commit a xenstore transaction: Input/output error");
  daemon.failures = {{"read", "EODD"}};
  CHECK(error_of([&] { store->read("/a"); }) ==
        "6: cannot read xenstore node /a: Invalid argument");
  CHECK(daemon.nodes.empty());
}

TEST_CASE_FIXTURE(Fixture, "a value too long for a message is refused, and the rest not written") {
  const std::string longest(4096 - std::string{"/b"}.size() - 1, 'x');
  store->write({{"/b", longest, Access::dom0_only}}, 7);
  CHECK(daemon.nodes == Nodes{{"/b", longest}});
  CHECK(
      error_of([&] {
        store->write({{"/a", "1", Access::dom0_only}, {"/b", longest + "y", Access::dom0_only}}, 7);
      }) == "6: cannot write xenstore node /b: Argument list too long");
  CHECK(daemon.nodes == Nodes{{"/b", longest}});
}

TEST_CASE_FIXTURE(Fixture, "more children than a message holds are listed in parts") {
  Lines expected;
  for (int i = 10; i < 40; ++i) expected.push_back(std::to_string(i));
  for (const std::string& name : expected) daemon.nodes["/a/" + name] = "";
  daemon.room = 10;
  CHECK(store->list("/a") == expected);
  daemon.changes_of_list = 3;
  expected.insert(expected.begin(), {"02", "03", "04"});
  CHECK(store->list("/a") == expected);
  daemon.failures["directory_part"] = "EACCES";
  CHECK(error_of([&] { store->list("/a"); }) ==
        "6: cannot list xenstore node /a: Permission denied");
}

TEST_CASE_FIXTURE(Fixture, "xenstored is told of a domain and its ring") {
  store->introduce(7, 0xfeffc, 3);
  CHECK(daemon.calls == Lines{"introduce 7 1044476 3"});
}

}  // namespace
}  // namespace xenlaunch::test
