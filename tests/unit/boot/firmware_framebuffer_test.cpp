#include "launcher/boot/firmware_framebuffer.h"

#include <doctest/doctest.h>

namespace xenlaunch::test {
namespace {

TEST_CASE("video= keeps away the drivers that mind it, and sysfb_init's blacklist all") {
  const std::string video = "ro video=efifb:off video=vesafb:off video=simplefb:off quiet";
  CHECK(frees_firmware_framebuffer(video, "efifb"));
  CHECK(frees_firmware_framebuffer(video, "simplefb"));
  // It ignores the answer.
  CHECK_FALSE(frees_firmware_framebuffer(video, "vesafb"));
  CHECK_FALSE(frees_firmware_framebuffer(video, "simpledrm"));
  for (const char* line : {"initcall_blacklist=sysfb_init", "initcall_blacklist=a,sysfb_init,b",
                           "initcall_blacklist=sysfb_init initcall_blacklist=a"})
    for (const char* holder : {"efifb", "vesafb", "simplefb", "simpledrm", "efidrm", "other"}) {
      CAPTURE(line);
      CAPTURE(holder);
      CHECK(keeps_framebuffers_off(line));
      CHECK(frees_firmware_framebuffer(line, holder));
    }
  for (const char* line : {"", "video=efifb", "efifb:off", "video=efifb:of", "video=xefifb:off",
                           "video=vesafb:off,efifb:off", "video=efifb:off video=efifb:1024x768",
                           "nomodeset", "initcall_blacklist=xsysfb_init", "-- video=efifb:off"}) {
    CAPTURE(line);
    CHECK_FALSE(keeps_framebuffers_off(line));
    CHECK_FALSE(frees_firmware_framebuffer(line, "efifb"));
  }
  CHECK(frees_firmware_framebuffer("video=efifb:on video=HDMI-A-1:d video=efifb:off", "efifb"));
}

TEST_CASE("the word is added once, and goes but where it was before") {
  const std::string word = "initcall_blacklist=sysfb_init";
  CHECK(initcalls_without_framebuffers("") == word);
  CHECK(initcalls_without_framebuffers(word) == word);
  CHECK(initcalls_without_framebuffers("initcall_blacklist=a") == "initcall_blacklist=a " + word);
  // Quotes that nobody closes would take it in.
  CHECK(initcalls_without_framebuffers("initcall_blacklist=\"a") ==
        word + " initcall_blacklist=\"a");
  CHECK(initcalls_with_framebuffers(word, "").empty());
  CHECK(initcalls_with_framebuffers("initcall_blacklist=a " + word, word) ==
        "initcall_blacklist=a " + word);
  CHECK(initcalls_with_framebuffers("initcall_blacklist=a " + word, "initcall_blacklist=a") ==
        "initcall_blacklist=a");
}

}  // namespace
}  // namespace xenlaunch::test
