#include "launcher/run/handed_images.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devicemodel/qemu_disk_args.h"
#include "tests/unit/host/qcow2_image.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

dev_t number_of(const char* device) {
  struct stat status {};
  REQUIRE(::stat(device, &status) == 0);
  return status.st_rdev;
}

TEST_CASE("images are open for what their disks do, under QEMU's numbers and nodes") {
  const TemporaryTree tree;
  tree.write("a", "x");
  tree.write("b", "x");
  tree.link("dev/evtchn", "/dev/null");
  tree.link("dev/gntdev", "/dev/zero");
  tree.link("dev/xenbus", "/dev/full");
  const std::vector<PlannedDisk> disks{
      {.config = {.image = tree.path("a"), .target = "hda"}, .handed = 0},
      {.config = {.image = "/none", .target = "xvdb"}},
      {.config = {.image = tree.path("b"), .target = "xvdc", .readonly = true}, .handed = 1}};
  const std::vector<HandedImage> images = open_handed_images(disks, {});
  REQUIRE(images.size() == 2);
  const auto access = [](const HandedImage& image) {
    return ::fcntl(image.file.get(), F_GETFL) & O_ACCMODE;
  };
  CHECK(access(images[0]) == O_RDWR);
  CHECK(access(images[1]) == O_RDONLY);
  CHECK(given_files(images) == std::vector<GivenFile>{{images[0].file.get(), handed_file(0)},
                                                      {images[1].file.get(), handed_file(1)}});
  const std::filesystem::path root{"/root"};
  const std::filesystem::path dev = tree.root() / "dev";
  CHECK(root_of_qemu(root, 77, images, {}, dev) ==
        PrivateRoot{.folder = root,
                    .group = 77,
                    .folders = {root / "dev", root / "dev/xen", root / "dev/fdset"},
                    .nodes = {{root / "dev/xen/xenbus", S_IFCHR | 0660, number_of("/dev/full")},
                              {root / "dev/xen/evtchn", S_IFCHR | 0660, number_of("/dev/null")},
                              {root / "dev/xen/gntdev", S_IFCHR | 0660, number_of("/dev/zero")},
                              {root / "dev/fdset/0", S_IFREG, 0},
                              {root / "dev/fdset/1", S_IFREG, 0}}});
  CHECK(root_of_qemu(root, 77, {}, {}, dev) ==
        PrivateRoot{.folder = root,
                    .group = 77,
                    .folders = {root / "dev", root / "dev/xen"},
                    .nodes = {{root / "dev/xen/xenbus", S_IFCHR | 0660, number_of("/dev/full")}}});
  CHECK(root_of_qemu(root, 77, {}, "/run/xen/store", dev) ==
        PrivateRoot{.folder = root,
                    .group = 77,
                    .folders = {root / "dev", root / "dev/xen", root / "run", root / "run/xen"},
                    .shown = {{.shown = "/run/xen/store", .in_place_of = root / "run/xen/store"}}});
}

TEST_CASE("an image that cannot be opened, and a device that is not there, are named") {
  const TemporaryTree tree;
  const std::string image = tree.path("none");
  CHECK(error_of([&] {
          open_handed_images({{.config = {.image = image, .target = "hda"}, .handed = 0}}, {});
        }) == "4: cannot open the image " + image + " for QEMU: No such file or directory");
  // One that was rebased before its guest restarts.
  tree.write("linked", qcow2_image("base"));
  PlannedDisk linked{
      .config = {.image = tree.path("linked"), .format = DiskFormat::qcow2, .target = "hda"},
      .backend = DiskBackend::qdisk,
      .handed = 0};
  const std::string changed = "4: cannot open the image " + tree.path("linked") +
                              " for QEMU: since the VM was started it names other files; stop the "
                              "VM and start it anew";
  CHECK(error_of([&] { open_handed_images({linked}, {}); }) == changed);
  linked.links = {tree.path("base")};
  CHECK(open_handed_images({linked}, {}).size() == 1);
  // The same where it is not handed over, whoever opens it, and of what those name in turn.
  linked.handed.reset();
  linked.backend = DiskBackend::none;
  tree.write("linked", qcow2_image("base", {}, "qcow2"));
  tree.write("base", qcow2_image("/etc/shadow"));
  CHECK(error_of([&] { open_handed_images({linked}, {}); }) == changed);
  // A launcher that has taken the VM over knows no other header than that.
  linked.links = {tree.path("base"), "/etc/shadow"};
  CHECK(error_of([&] { open_handed_images({linked}, {}); }) ==
        "4: cannot open the image " + tree.path("linked") +
            " for QEMU: it names '/etc/shadow', which is no file in its own folder");
  CHECK(open_handed_images({linked}, {"/etc"}).empty());
  // A raw one names nothing.
  linked.config.format = DiskFormat::raw;
  CHECK(open_handed_images({linked}, {}).empty());
  CHECK(error_of([&] { root_of_qemu("/root", 77, {}, {}, tree.root()); }) ==
        "4: cannot give QEMU " + tree.path("xenbus") + ": No such file or directory");
}

}  // namespace
}  // namespace xenlaunch::test
