#include "launcher/boot/firmware_framebuffer.h"

#include <algorithm>
#include <vector>

#include "launcher/boot/command_line.h"

namespace xenlaunch {
namespace {

const std::string off_word = "initcall_blacklist=sysfb_init";

/// fb_get_options of Linux drivers/video/fbdev/core/fb_cmdline.c: of the words video=DRIVER:OPTIONS
/// the last counts, and options that begin with "off" are that.
bool is_off(std::string_view line, std::string_view driver) {
  const std::string prefix = std::string{driver} + ":";
  bool off = false;
  for (const std::string& value : values_of(line, "video"))
    if (value.starts_with(prefix)) off = value.compare(prefix.size(), 3, "off") == 0;
  return off;
}

}  // namespace

bool frees_firmware_framebuffer(std::string_view dom0_line, std::string_view holder) {
  const bool minds_video = holder == "efifb" || holder == "simplefb";
  return keeps_framebuffers_off(dom0_line) || (minds_video && is_off(dom0_line, holder));
}

bool keeps_framebuffers_off(std::string_view dom0_line) {
  // Names with commas between them; each word adds some.
  return std::ranges::any_of(values_of(dom0_line, "initcall_blacklist"),
                             [](const std::string& value) {
                               return ("," + value + ",").find(",sysfb_init,") != std::string::npos;
                             });
}

std::string initcalls_without_framebuffers(std::string_view words) {
  if (keeps_framebuffers_off(words)) return std::string{words};
  return with_word_at_end(words, off_word);
}

std::string initcalls_with_framebuffers(std::string_view words, std::string_view original) {
  std::vector<std::string> kept = split_command_line(words);
  const std::vector<std::string> before = split_command_line(original);
  if (std::ranges::find(before, off_word) == before.end()) std::erase(kept, off_word);
  return join_command_line(kept);
}

}  // namespace xenlaunch
