#include "launcher/host/qcow2_links.h"

#include "tests/unit/host/qcow2_image.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Links = std::vector<std::string>;

TEST_CASE("an image's backing file and data file are what its header says") {
  const testing::TemporaryTree tree;
  const auto links = [&tree](const std::string& bytes) {
    tree.write("image", bytes);
    return qcow2_links(tree.path("image"));
  };
  CHECK(links(qcow2_image("")) == Links{});
  CHECK(links(qcow2_image("base.qcow2")) == Links{"base.qcow2"});
  CHECK(links(qcow2_image("base.qcow2", "/data.raw")) == Links{"base.qcow2", "/data.raw"});
  CHECK(links("no image") == Links{});
  CHECK(links("") == Links{});
  std::string version2 = qcow2_image("base");
  put(version2, 4, 2, 4);
  CHECK(links(version2) == Links{"base"});
  // Cut short anywhere it has no more than it had, and ends.
  const std::string whole = qcow2_image("base.qcow2", "/data.raw");
  for (std::size_t size = 0; size < whole.size(); size += 3)
    CHECK(links(whole.substr(0, size)).size() <= 2);
  std::string endless = qcow2_image("");
  put(endless, 108, 0xffffffff, 4);
  CHECK(links(endless) == Links{});
}

TEST_CASE("what an image names is in its own folder, or in a trusted one") {
  const testing::TemporaryTree tree;
  const auto beyond = [&tree](const std::string& backing, const Links& trusted = {}) {
    tree.write("images/vm.qcow2", qcow2_image(backing));
    return file_beyond(tree.path("images/vm.qcow2"), trusted).value_or("");
  };
  tree.write("images/base.raw", "x");
  tree.write("images/old/base.raw", "x");
  tree.write("other/base.raw", "x");
  tree.link("images/link.raw", "../other/base.raw");
  CHECK(beyond("") == "");
  CHECK(beyond("base.raw") == "");
  CHECK(beyond("old/base.raw") == "");
  CHECK(beyond(tree.path("images/base.raw")) == "");
  CHECK(beyond("missing.raw") == "");
  for (const std::string& bad :
       {std::string{"../other/base.raw"}, std::string{"link.raw"}, std::string{"/etc/shadow"},
        std::string{"json:{\"driver\":\"file\"}"}, std::string{"nbd://host"},
        std::string{"file:base.raw"}, tree.path("other/base.raw"), std::string("a\0b", 3)})
    CHECK(beyond(bad) == bad);
  CHECK(beyond("../other/base.raw", {tree.path("other")}) == "");
  CHECK(beyond("../other/base.raw", {"/"}) == "");
  CHECK(beyond("../other/base.raw", {tree.path("oth")}) == "../other/base.raw");
}

TEST_CASE("a name in an image is beside the name by which QEMU has opened that") {
  const testing::TemporaryTree tree;
  tree.write("far/images/vm.qcow2", qcow2_image("../base.raw"));
  tree.write("far/base.raw", "");
  tree.write("base.raw", "");
  tree.link("near/vm.qcow2", "../far/images/vm.qcow2");
  const std::string image = tree.path("near/vm.qcow2");
  CHECK(linked_files(image) == std::vector<std::filesystem::path>{tree.path("base.raw")});
  CHECK(file_beyond(image, {tree.path("far")}) == "../base.raw");
  CHECK(file_beyond(image, {tree.path("")}) == std::nullopt);
  // A whole path beside what the link leads to.
  tree.write("far/images/vm.qcow2", qcow2_image(tree.path("far/images/base.raw")));
  CHECK(file_beyond(image, {}) == std::nullopt);
}

TEST_CASE("the chain of an image is followed, and does not have to end") {
  const testing::TemporaryTree tree;
  tree.write("images/vm.qcow2", qcow2_image("middle.qcow2"));
  tree.write("images/middle.qcow2", qcow2_image("/etc/shadow"));
  CHECK(file_beyond(tree.path("images/vm.qcow2"), {}) == "/etc/shadow");
  const std::vector<std::filesystem::path> chain{tree.path("images/middle.qcow2"), "/etc/shadow"};
  CHECK(linked_files(tree.path("images/vm.qcow2")) == chain);
  tree.write("images/middle.qcow2", qcow2_image("vm.qcow2"));
  CHECK(file_beyond(tree.path("images/vm.qcow2"), {}).has_value());
  const std::vector<std::filesystem::path> circle{chain.front(), tree.path("images/vm.qcow2")};
  CHECK(linked_files(tree.path("images/vm.qcow2")) == circle);
  tree.write("images/middle.qcow2", qcow2_image("nbd://host/x"));
  CHECK(linked_files(tree.path("images/vm.qcow2")).size() == 1);
}

}  // namespace
}  // namespace xenlaunch::test
