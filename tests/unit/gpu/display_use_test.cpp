#include "launcher/gpu/display_use.h"

#include <doctest/doctest.h>

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Uses = std::map<PciAddress, DisplayUse>;

const std::string gpu = "sys/bus/pci/devices/0000:00:02.0/";
const std::string discrete = "sys/bus/pci/devices/0000:01:00.0/";
const std::string audio = "sys/bus/pci/devices/0000:01:00.1/";

PciFunction with_driver(PciFunction function, const std::string& driver) {
  function.driver = driver;
  return function;
}

const std::vector<PciFunction> gpus{igd(), card(0)};

TEST_CASE("a GPU whose driver is only bound is not used") {
  const TemporaryTree tree;
  CHECK(read_display_use(tree.root(), gpus) == Uses{});
  tree.write(gpu + "drm/card0/dev", "226:0");
  tree.write("proc/812/comm", "less\n");
  tree.link("proc/812/fd/3", "/dev/null");
  CHECK(read_display_use(tree.root(), gpus) == Uses{});
}

TEST_CASE("a framebuffer is found below the function and below a device that its driver made") {
  const TemporaryTree tree;
  tree.write(gpu + "graphics/fb0/name", "i915drmfb");
  tree.write(discrete + "virtio3/graphics/fb1/name", "virtio_gpudrmfb");
  tree.write(discrete + "efi-framebuffer.0/graphics/fb2/name", "EFI VGA");
  CHECK(read_display_use(tree.root(), gpus) ==
        Uses{{{0, 0, 2, 0}, {"the framebuffer fb0 is on it"}},
             {{0, 1, 0, 0}, {"the framebuffer fb1 is on it"}}});
}

TEST_CASE("every process with a node of the card open is named once a node, whatever its name") {
  const TemporaryTree tree;
  tree.write(gpu + "drm/card0/dev", "226:0");
  tree.write(gpu + "drm/renderD128/dev", "226:128");
  tree.write(discrete + "drm/card1/dev", "226:1");
  tree.write("proc/812/comm", "X\x1b[31morg\n");
  tree.link("proc/812/fd/3", "/dev/dri/card0");
  tree.link("proc/812/fd/4", "/dev/dri/card0");
  tree.link("proc/812/fd/5", "/dev/dri/card1");
  tree.link("proc/99/fd/5", "/dev/dri/renderD128");
  tree.link("proc/self/fd/5", "/dev/dri/card1");
  CHECK(read_display_use(tree.root(), gpus) ==
        Uses{{{0, 0, 2, 0},
              {"X\\x1b[31morg (process 812) has /dev/dri/card0 open",
               "a program (process 99) has /dev/dri/renderD128 open"}},
             {{0, 1, 0, 0}, {"X\\x1b[31morg (process 812) has /dev/dri/card1 open"}}});
}

TEST_CASE("the nodes of NVIDIA's driver are its cards', each by its number where that is told") {
  const TemporaryTree tree;
  const std::vector<PciFunction> both{with_driver(card(0), "nvidia")};
  tree.write("proc/7/comm", "cuda\n");
  tree.link("proc/7/fd/3", "/dev/nvidiactl");
  tree.link("proc/7/fd/4", "/dev/nvidia1");
  const Uses used{{{0, 1, 0, 0}, {"cuda (process 7) has /dev/nvidia1 open"}}};
  CHECK(read_display_use(tree.root(), both) == used);
  const std::string told = "proc/driver/nvidia/gpus/0000:01:00.0/information";
  tree.write(told, "Model: \t\t GTX\nDevice Minor: \t 1\n");
  CHECK(read_display_use(tree.root(), both) == used);
  tree.write(told, "Model: \t\t GTX\nDevice Minor: \t 0\n");
  CHECK(read_display_use(tree.root(), both) == Uses{});
  CHECK(read_display_use(tree.root(), {with_driver(card(0), "nouveau")}) == Uses{});
}

TEST_CASE("/dev/kfd is amdgpu's") {
  const TemporaryTree tree;
  tree.write("proc/7/comm", "rocm\n");
  tree.link("proc/7/fd/4", "/dev/kfd");
  CHECK(read_display_use(tree.root(), {with_driver(card(0), "amdgpu")}) ==
        Uses{{{0, 1, 0, 0}, {"rocm (process 7) has /dev/kfd open"}}});
  CHECK(read_display_use(tree.root(), {with_driver(card(0), "nouveau")}) == Uses{});
}

TEST_CASE("a sound card is used by who has one of its nodes open") {
  const TemporaryTree tree;
  tree.write(audio + "sound/card1/id", "NVidia\n");
  tree.write("proc/7/comm", "pipewire\n");
  for (const char* node : {"controlC0", "controlC10", "timer", "seq"})
    tree.link(std::string{"proc/7/fd/"} + node, std::string{"/dev/snd/"} + node);
  CHECK(read_display_use(tree.root(), {card(1)}) == Uses{});
  tree.link("proc/7/fd/4", "/dev/snd/controlC1");
  tree.link("proc/7/fd/5", "/dev/snd/pcmC1D3p");
  CHECK(read_display_use(tree.root(), {card(1)}) ==
        Uses{{{0, 1, 0, 1},
              {"pipewire (process 7) has /dev/snd/controlC1 open",
               "pipewire (process 7) has /dev/snd/pcmC1D3p open"}}});
}

}  // namespace
}  // namespace xenlaunch::test
