#include "launcher/gpu/firmware_framebuffer.h"

#include <doctest/doctest.h>

#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Framebuffers = std::map<PciAddress, FirmwareFramebuffer>;

const PciAddress igd{0, 0, 2, 0};
const PciAddress card{0, 1, 0, 0};
const std::vector<GpuMemory> gpus{
    {igd, {{.start = 0xd0000000, .size = 0x10000000, .flags = 0x200}}},
    {card,
     {{.start = 0, .size = 0, .flags = 0},
      {.start = 0xe000, .size = 0x80, .flags = 0x100},
      {.start = 0xc0000000, .size = 0x1000000, .flags = 0x200}}}};

TEST_CASE("the memory of a firmware framebuffer is the first line of one") {
  CHECK(firmware_framebuffer_memory("d0000000-dfffffff : 0000:00:02.0\n"
                                    "  d0000000-d07e8fff : efifb\n") == 0xd0000000);
  CHECK(firmware_framebuffer_memory("  80000000-802fffff : BOOTFB\n"
                                    "    80000000-802fffff : simpledrm\n") == 0x80000000);
  CHECK(firmware_framebuffer_memory("00000000-00000000 : vesafb\n") == 0);
  for (const char* text : {"", "efifb", " : efifb", "x-y : efifb", "d0000000 : efifb",
                           "d0000000-d07e8fff : efifb2", "d0000000-d07e8fff : i915"}) {
    CAPTURE(text);
    CHECK_FALSE(firmware_framebuffer_memory(text));
  }
}

TEST_CASE("since Linux 6.9 it is found below the card") {
  const TemporaryTree tree;
  const std::string below = "sys/bus/pci/devices/0000:01:00.0/";
  tree.write(below + "graphics/fb0/name", "nouveaudrmfb");
  CHECK(read_firmware_framebuffers(tree.root(), gpus, igd) == Framebuffers{});
  tree.write(below + "simple-framebuffer.0/modalias", "platform:simple-framebuffer");
  CHECK(read_firmware_framebuffers(tree.root(), gpus, igd) == Framebuffers{});  // no driver has it
  tree.write(below + "simple-framebuffer.0/drm/card0/dev", "226:0");
  CHECK(read_firmware_framebuffers(tree.root(), gpus, igd) ==
        Framebuffers{{card, {.driver = "simpledrm", .device = "card0"}}});
}

TEST_CASE("before that it is the card's whose memory it has") {
  const TemporaryTree tree;
  const std::string platform = "sys/devices/platform/";
  tree.write(platform + "efi-framebufferx/graphics/fb1/name", "no such device");
  tree.write(platform + "efi-framebuffer.0/graphics/fb0/name", "EFI VGA");
  const auto owner = [&](const std::string& iomem) {
    tree.write("proc/iomem", iomem);
    return read_firmware_framebuffers(tree.root(), gpus, igd);
  };
  const FirmwareFramebuffer efifb{.driver = "efifb", .device = "fb0"};
  CHECK(owner("c0000000-c07e8fff : efifb\n") == Framebuffers{{card, efifb}});
  CHECK(owner("dfff0000-dfffffff : efifb\n") == Framebuffers{{igd, efifb}});
  CHECK(owner("e0000000-e07e8fff : efifb\n") == Framebuffers{});  // on neither
  CHECK(owner("0000e000-0000e010 : efifb\n") == Framebuffers{});  // a port is no memory
  // Where the addresses are not told, it is on what the firmware shows its picture on.
  CHECK(owner("00000000-00000000 : efifb\n") == Framebuffers{{igd, efifb}});
  CHECK(owner("") == Framebuffers{{igd, efifb}});
  CHECK(read_firmware_framebuffers(tree.root(), gpus, std::nullopt) == Framebuffers{});
}

}  // namespace
}  // namespace xenlaunch::test
