#include "launcher/gpu/display_use.h"

#include <doctest/doctest.h>

#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Uses = std::map<PciAddress, DisplayUse>;

const std::string gpu = "sys/bus/pci/devices/0000:00:02.0/";
const std::string card = "sys/bus/pci/devices/0000:01:00.0/";

const std::vector<PciAddress> gpus{{0, 0, 2, 0}, {0, 1, 0, 0}};

TEST_CASE("a GPU whose driver is only bound shows nothing") {
  const TemporaryTree tree;
  CHECK(read_display_use(tree.root(), gpus) == Uses{});
  tree.write(gpu + "drm/card0/dev", "226:0");
  tree.write(gpu + "drm/renderD128/dev", "226:128");
  tree.write("proc/812/comm", "ffmpeg\n");
  tree.link("proc/812/fd/3", "/dev/dri/renderD128");
  CHECK(read_display_use(tree.root(), gpus) == Uses{});
}

TEST_CASE("a framebuffer is found below the function and below a device that its driver made") {
  const TemporaryTree tree;
  tree.write(gpu + "graphics/fb0/name", "i915drmfb");
  tree.write(card + "virtio3/graphics/fb1/name", "virtio_gpudrmfb");
  CHECK(read_display_use(tree.root(), gpus) ==
        Uses{{{0, 0, 2, 0}, {"the framebuffer fb0 is on it"}},
             {{0, 1, 0, 0}, {"the framebuffer fb1 is on it"}}});
}

TEST_CASE("every process with the card's primary node open is named once, whatever its name") {
  const TemporaryTree tree;
  tree.write(gpu + "drm/card0/dev", "226:0");
  tree.write(card + "drm/card1/dev", "226:1");
  tree.write("proc/812/comm", "X\x1b[31morg\n");
  tree.link("proc/812/fd/3", "/dev/dri/card0");
  tree.link("proc/812/fd/4", "/dev/dri/card0");
  tree.link("proc/812/fd/5", "/dev/dri/card1");
  tree.link("proc/99/fd/5", "/dev/dri/card0");
  tree.link("proc/self/fd/5", "/dev/dri/card1");
  CHECK(read_display_use(tree.root(), gpus) ==
        Uses{{{0, 0, 2, 0},
              {"X\\x1b[31morg (process 812) has /dev/dri/card0 open",
               "a program (process 99) has /dev/dri/card0 open"}},
             {{0, 1, 0, 0}, {"X\\x1b[31morg (process 812) has /dev/dri/card1 open"}}});
}

}  // namespace
}  // namespace xenlaunch::test
