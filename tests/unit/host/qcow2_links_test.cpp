#include "launcher/host/qcow2_links.h"

#include <sys/stat.h>

#include "tests/unit/host/qcow2_image.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::Qcow2Link> {
  static String convert(const xenlaunch::Qcow2Link& link) {
    return text_of((link.is_data ? "data " : "") + link.name + " as " + link.format);
  }
};

}  // namespace doctest

namespace xenlaunch::test {
namespace {

using Folders = std::vector<std::string>;
using Links = std::vector<Qcow2Link>;
using Paths = std::vector<std::filesystem::path>;

/// What is said of an image, and nothing where it may be opened.
std::string reason(const std::string& image, const Folders& trusted = {}) {
  const auto problem = follow_links(image, trusted).problem;
  return problem ? problem->reason : "";
}

Paths linked_files(const std::string& image) {
  return follow_links(image, {}).files;
}

const Qcow2Link backing{.name = "base", .format = "raw"};
const Qcow2Link data{.name = "/data.raw", .is_data = true};

TEST_CASE("an image's backing file and data file are what its header says") {
  const auto links = [](const std::string& bytes) { return qcow2_links_in(bytes); };
  CHECK(links(qcow2_image("")) == Links{});
  CHECK(links(qcow2_image("base")) == Links{backing});
  CHECK(links(qcow2_image("base", "/data.raw")) == Links{backing, data});
  CHECK(links(qcow2_image("base", {}, "")) == Links{{.name = "base"}});
  CHECK(links("no image") == Links{});
  CHECK(links("") == Links{});
  std::string version1 = qcow2_image("base");
  put(version1, 4, 1, 4);
  CHECK(links(version1) == Links{});
  // Its extensions are behind 72 bytes.
  std::string version2 = qcow2_image("base");
  put(version2, 4, 2, 4);
  CHECK(links(version2) == Links{{.name = "base"}});
  put(version2, 72, 0xe2792aca, 4);
  put(version2, 76, 3, 4);
  version2.replace(80, 3, "raw");
  put(version2, 88, 0, 4);
  CHECK(links(version2) == Links{backing});
  // Cut short anywhere it has no more than it had, and ends.
  const std::string whole = qcow2_image("base", "/data.raw");
  for (std::size_t size = 0; size < whole.size(); size += 3)
    CHECK(links(whole.substr(0, size)).size() <= 2);
  std::string endless = qcow2_image("");
  put(endless, 108, 0xffffffff, 4);
  CHECK(links(endless) == Links{});
}

TEST_CASE("an image without end to what it names is done with at once") {
  const testing::TemporaryTree tree;
  std::string bytes = qcow2_image("");
  bytes.resize(104);
  for (std::size_t at = 104; at < (std::size_t{2} << 20); at += 16) {
    put(bytes, at, 0x44415441, 4);
    put(bytes, at + 4, 1, 4);
    bytes.resize(at + 16, 'a');
  }
  tree.write("image", bytes);
  CHECK(qcow2_links_in(bytes) == Links(2, {.name = "a", .is_data = true}));
  CHECK(linked_files(tree.path("image")) == Paths{tree.path("a")});
  CHECK(reason(tree.path("image"), {tree.path("")}) == "it names two files with its data");
}

TEST_CASE("a backing file is in the image's own folder, or in a trusted one") {
  const testing::TemporaryTree tree;
  const auto beyond = [&tree](const std::string& name, const Folders& trusted = {}) {
    tree.write("images/vm.qcow2", qcow2_image(name));
    return reason(tree.path("images/vm.qcow2"), trusted);
  };
  const auto elsewhere = [](const std::string& name) {
    return "it names '" + name + "', which is no file in its own folder";
  };
  tree.write("images/base.raw", "x");
  tree.write("images/old/base.raw", "x");
  tree.write("other/base.raw", "x");
  tree.link("images/link.raw", "../other/base.raw");
  for (const std::string& good : {std::string{}, std::string{"base.raw"},
                                  tree.path("images/base.raw"), std::string{"missing.raw"}})
    CHECK(beyond(good) == "");
  for (const std::string& bad :
       {std::string{"old/base.raw"}, std::string{"../other/base.raw"}, std::string{"link.raw"},
        std::string{"/etc/shadow"}, tree.path("other/base.raw")})
    CHECK(beyond(bad) == elsewhere(bad));
  for (const char* bad : {"json:{\"driver\":\"file\"}", "nbd://host", "file:base.raw"})
    CHECK(beyond(bad) == "it names '" + std::string{bad} + "', which is no file's name");
  CHECK(beyond(std::string("a\0b", 3)) == "it names 'a\\x00b', which is no file's name");
  CHECK(beyond("../other/base.raw", {tree.path("other")}) == "");
  CHECK(beyond("../other/base.raw", {"/"}) == "");
  CHECK(beyond("../other/base.raw", {tree.path("oth")}) == elsewhere("../other/base.raw"));
}

TEST_CASE("a file with an image's data is in a trusted folder: it is written to") {
  const testing::TemporaryTree tree;
  const std::string data_file = tree.path("data.raw");
  tree.write("vm.qcow2", qcow2_image("", data_file));
  CHECK(reason(tree.path("vm.qcow2")) ==
        "its data is in '" + data_file + "', which is not in a trusted folder");
  CHECK(reason(tree.path("vm.qcow2"), {tree.path("")}) == "");
  // QEMU opens it from the folder that it is in.
  tree.write("vm.qcow2", qcow2_image("", "data.raw"));
  CHECK(reason(tree.path("vm.qcow2"), {tree.path("")}) ==
        "its data is in 'data.raw', which is no whole path");
}

TEST_CASE("a backing file is raw or qcow2, and nothing that QEMU would guess") {
  const testing::TemporaryTree tree;
  const auto as = [&tree](const std::string& format, const std::string& content) {
    tree.write("vm.qcow2", qcow2_image("base", {}, format));
    tree.write("base", content);
    return reason(tree.path("vm.qcow2"));
  };
  // A VMDK descriptor names any file.
  const std::string other = "# Disk DescriptorFile\nRW 1 FLAT \"/etc/shadow\" 0\n";
  CHECK(as("raw", other) == "");
  CHECK(as("vmdk", other) == "it names 'base' as 'vmdk', and not as raw or qcow2");
  CHECK(as("", other) == "it names 'base' without the format of that file, which is not qcow2");
  CHECK(as("", qcow2_image("")) == "");
  CHECK(as("qcow2", qcow2_image("")) == "");
  // What a raw one holds is the guest's, whatever it looks like.
  CHECK(as("raw", qcow2_image("/etc/shadow")) == "");
  CHECK(as("qcow2", qcow2_image("/etc/shadow")) ==
        "it names '/etc/shadow', which is no file in its own folder");
  tree.remove("base");
  tree.write("vm.qcow2", qcow2_image("base", {}, ""));
  CHECK(reason(tree.path("vm.qcow2")) ==
        "it names 'base' without the format of that file, which cannot be read: No such file or "
        "directory");
}

TEST_CASE("what stands behind the name of a backing file is none of the header") {
  std::string bytes = qcow2_image("");
  bytes.resize(104);
  put(bytes, 8, 104, 8);
  put(bytes, 16, 4, 4);
  bytes += std::string{"base\0\0\0\0", 8};
  put(bytes, 112, 0xe2792aca, 4);
  put(bytes, 116, 3, 4);
  bytes += "raw";
  bytes.resize(512);
  CHECK(qcow2_links_in(bytes) == Links{{.name = "base"}});
}

TEST_CASE("a volume is trusted by the folder of its name") {
  const testing::TemporaryTree tree;
  tree.write("dm-3", "");
  tree.link("vg/base", "../dm-3");
  tree.write("images/vm.qcow2", qcow2_image(tree.path("vg/base")));
  CHECK(reason(tree.path("images/vm.qcow2"), {tree.path("vg")}) == "");
  CHECK(reason(tree.path("images/vm.qcow2"), {tree.path("other")}) != "");
}

TEST_CASE("an image that cannot be read is not opened, and one that is not there is no matter") {
  const testing::TemporaryTree tree;
  tree.write("vm.qcow2", qcow2_image("base", {}, "qcow2"));
  REQUIRE(::mkfifo(tree.path("base").c_str(), 0600) == 0);
  CHECK(reason(tree.path("vm.qcow2")) == "its header cannot be read: it is not a regular file");
  CHECK(reason(tree.path("none")) == "");
}

TEST_CASE("a name in an image is beside the name by which QEMU has opened that") {
  const testing::TemporaryTree tree;
  tree.write("far/images/vm.qcow2", qcow2_image("../base.raw"));
  tree.write("far/base.raw", "");
  tree.write("base.raw", "");
  tree.link("near/vm.qcow2", "../far/images/vm.qcow2");
  const std::string image = tree.path("near/vm.qcow2");
  CHECK(linked_files(image) == Paths{tree.path("base.raw")});
  CHECK(reason(image, {tree.path("far")}) ==
        "it names '../base.raw', which is no file in its own folder");
  CHECK(reason(image, {tree.path("")}) == "");
  // A whole path beside what the link leads to.
  tree.write("far/images/vm.qcow2", qcow2_image(tree.path("far/images/base.raw")));
  CHECK(reason(image) == "");
}

TEST_CASE("the chain of an image is followed, and does not have to end") {
  const testing::TemporaryTree tree;
  const std::string image = tree.path("images/vm.qcow2");
  tree.write("images/vm.qcow2", qcow2_image("middle.qcow2", {}, "qcow2"));
  tree.write("images/middle.qcow2", qcow2_image("/etc/shadow"));
  CHECK(follow_links(image, {}).problem ==
        Finding{FindingCode::backing_file_elsewhere, tree.path("images/middle.qcow2"),
                "it names '/etc/shadow', which is no file in its own folder",
                "put that file beside it, or name its folder under trusted_folders in "
                "/etc/xenlaunch/host.yaml if you trust the image"});
  const Paths chain{tree.path("images/middle.qcow2"), "/etc/shadow"};
  CHECK(linked_files(image) == chain);
  tree.write("images/middle.qcow2", qcow2_image("vm.qcow2", {}, "qcow2"));
  CHECK(reason(image) == "it names more than 64 files");
  CHECK(linked_files(image) == Paths{chain.front(), image});
  tree.write("images/middle.qcow2", qcow2_image("nbd://host/x"));
  CHECK(linked_files(image).size() == 1);
}

}  // namespace
}  // namespace xenlaunch::test
