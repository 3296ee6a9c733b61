#include "launcher/boot/firmware_framebuffer.h"

#include <doctest/doctest.h>

namespace xenlaunch::test {
namespace {

TEST_CASE("video= keeps away the drivers that ask for it, and sysfb_init's blacklist all") {
  const std::string video = "ro video=efifb:off video=vesafb:off quiet";
  CHECK(frees_firmware_framebuffer(video, "efifb"));
  CHECK(frees_firmware_framebuffer(video, "vesafb"));
  CHECK_FALSE(frees_firmware_framebuffer(video, "simplefb"));
  CHECK_FALSE(frees_firmware_framebuffer(video, "simpledrm"));
  CHECK(frees_firmware_framebuffer("video=simplefb:off", "simplefb"));
  for (const char* line : {"initcall_blacklist=sysfb_init", "initcall_blacklist=a,sysfb_init,b",
                           "initcall_blacklist=sysfb_init initcall_blacklist=a"})
    for (const char* holder : {"efifb", "vesafb", "simplefb", "simpledrm", "efidrm", "other"}) {
      CAPTURE(line);
      CAPTURE(holder);
      CHECK(frees_firmware_framebuffer(line, holder));
    }
  for (const char* line : {"", "video=efifb", "efifb:off", "video=efifb:of", "video=xefifb:off",
                           "video=vesafb:off,efifb:off", "video=efifb:off video=efifb:1024x768",
                           "nomodeset", "initcall_blacklist=xsysfb_init", "-- video=efifb:off"}) {
    CAPTURE(line);
    CHECK_FALSE(frees_firmware_framebuffer(line, "efifb"));
  }
  CHECK(frees_firmware_framebuffer("video=efifb:on video=HDMI-A-1:d video=efifb:off", "efifb"));
}

TEST_CASE("what a kernel has decides which words it takes") {
  CHECK_FALSE(has_stubborn_framebuffer(""));
  CHECK_FALSE(has_stubborn_framebuffer(
      "CONFIG_FB_EFI=y\n# CONFIG_DRM_SIMPLEDRM is not set\nCONFIG_SYSFB_SIMPLEFB=y\n"));
  CHECK(has_stubborn_framebuffer("CONFIG_DRM_SIMPLEDRM=y\n"));
  CHECK(has_stubborn_framebuffer("CONFIG_A=y\nCONFIG_DRM_EFIDRM=m\n"));
  const std::string video = "video=efifb:off video=vesafb:off";
  CHECK(keeps_framebuffers_off(video, false));
  CHECK_FALSE(keeps_framebuffers_off(video, true));
  CHECK_FALSE(keeps_framebuffers_off("video=efifb:off", false));
  CHECK(keeps_framebuffers_off("initcall_blacklist=sysfb_init", true));
}

TEST_CASE("the words are added once, and go but for those of before") {
  const std::string both = "video=efifb:off video=vesafb:off";
  CHECK(video_without_framebuffers("") == both);
  CHECK(video_without_framebuffers(both) == both);
  CHECK(video_without_framebuffers("video=HDMI-A-1:d video=efifb:off") ==
        "video=HDMI-A-1:d video=efifb:off video=vesafb:off");
  CHECK(video_with_framebuffers(both, "").empty());
  CHECK(video_with_framebuffers("video=HDMI-A-1:d " + both, "video=efifb:off") ==
        "video=HDMI-A-1:d video=efifb:off");
}

}  // namespace
}  // namespace xenlaunch::test
