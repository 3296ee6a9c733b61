#include "launcher/host/video_bios.h"

#include <doctest/doctest.h>

#include "tests/unit/host/rom_image.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

constexpr PciId hd4600{.vendor = 0x8086, .device = 0x0412};

std::string problem_of(const std::string& rom) {
  const VideoBios bios = find_video_bios(rom);
  CHECK(bios.image.empty());
  return bios.problem;
}

TEST_CASE("a video BIOS is the image for a PC's BIOS, filled up to a power of two") {
  const std::string uefi = rom_image({.size = 1024, .code_type = 3, .is_last = false});
  const std::string bios = rom_image({.size = 1536, .data_at = 0xff});
  const VideoBios expected{.image = bios + std::string(512, '\xff'), .id = hd4600};
  CHECK(find_video_bios(bios) == expected);
  CHECK(find_video_bios(bios + "what a flash chip holds behind it") == expected);
  CHECK(find_video_bios(uefi + bios) == expected);
  CHECK(find_video_bios(rom_image({.size = 128 << 10})).image.size() == 128 << 10);
}

TEST_CASE("what is no expansion ROM, or none for a PC, is told of") {
  const std::string bios = rom_image({});
  CHECK(problem_of("") == "it does not begin with 55 aa");
  CHECK(problem_of("U\xab") == "it does not begin with 55 aa");
  CHECK(problem_of("\x55\xaa") == "it ends within its header");
  CHECK(problem_of(bios.substr(0, 0x57)) ==
        "it has no PCI data structure (PCIR), which says what device it is for");
  CHECK(problem_of(bios.substr(0, 0x58)) == "it is cut off: it says that it is longer");
  std::string changed = bios;
  put_word(changed, 0x18, 0xffff);
  CHECK(problem_of(changed) ==
        "it has no PCI data structure (PCIR), which says what device it is for");
  changed = bios;
  put_word(changed, 0x50, 0);
  CHECK(problem_of(changed) == "it says that it is empty");
  const std::string uefi = rom_image({.code_type = 3});
  CHECK(problem_of(uefi + bios) ==
        "it has no image for a PC's BIOS, as where it holds a driver for UEFI alone");
  CHECK(problem_of(rom_image({.code_type = 3, .is_last = false}) + "rest") ==
        "an image in it does not begin with 55 aa");
}

TEST_CASE("what QEMU and a PC's memory cannot take is told of") {
  CHECK(problem_of(rom_image({.size = (128 << 10) + 512})) ==
        "its image for a PC's BIOS has 131584 bytes, and there is room for 131072");
  CHECK(problem_of(rom_image({.data_at = 0x100})) ==
        "its PCI data structure is at byte 0x100, and QEMU looks for it below 0x100");
}

TEST_CASE("only a file of a ROM's size is read") {
  const TemporaryTree tree;
  tree.write("rom", rom_image({}));
  CHECK(read_video_bios(tree.path("rom")) == find_video_bios(rom_image({})));
  CHECK(read_video_bios(tree.path("none")).problem == "No such file or directory");
  CHECK(read_video_bios("/dev/zero").problem == "it is not a regular file");
  CHECK(read_video_bios(tree.root().string()).problem == "Is a directory");
  tree.write("rom", rom_image({}) + std::string(16 << 20, '\0'));
  CHECK(read_video_bios(tree.path("rom")).problem == "it is larger than 16 MiB");
}

}  // namespace
}  // namespace xenlaunch::test
