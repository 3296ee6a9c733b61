#include "launcher/boot/firmware_framebuffer.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <vector>

#include "launcher/boot/command_line.h"

namespace xenlaunch {
namespace {

constexpr std::initializer_list<const char*> fbdev_drivers{"efifb", "vesafb"};

std::string off_word(std::string_view driver) {
  return "video=" + std::string{driver} + ":off";
}

/// fb_get_options of Linux drivers/video/fbdev/core/fb_cmdline.c: of the words video=DRIVER:OPTIONS
/// the last counts, and options that begin with "off" are that.
bool is_off(std::string_view line, std::string_view driver) {
  const std::string prefix = std::string{driver} + ":";
  bool off = false;
  for (const std::string& value : values_of(line, "video"))
    if (value.starts_with(prefix)) off = value.compare(prefix.size(), 3, "off") == 0;
  return off;
}

/// initcall_blacklist= of Linux init/main.c: names with commas between them; each word adds some.
bool has_no_sysfb(std::string_view line) {
  for (const std::string& value : values_of(line, "initcall_blacklist"))
    if (("," + value + ",").find(",sysfb_init,") != std::string::npos) return true;
  return false;
}

}  // namespace

bool frees_firmware_framebuffer(std::string_view dom0_line, std::string_view holder) {
  const bool asks_video = holder == "efifb" || holder == "vesafb" || holder == "simplefb";
  return has_no_sysfb(dom0_line) || (asks_video && is_off(dom0_line, holder));
}

bool has_stubborn_framebuffer(std::string_view kernel_config) {
  const std::string lines = "\n" + std::string{kernel_config};
  return std::ranges::any_of(
      std::initializer_list<const char*>{"DRM_SIMPLEDRM", "DRM_EFIDRM", "DRM_VESADRM", "FB_SIMPLE"},
      [&lines](const std::string& option) {
        return lines.find("\nCONFIG_" + option + "=y") != std::string::npos ||
               lines.find("\nCONFIG_" + option + "=m") != std::string::npos;
      });
}

bool keeps_framebuffers_off(std::string_view dom0_line, bool has_stubborn) {
  if (has_no_sysfb(dom0_line)) return true;
  return !has_stubborn && std::ranges::all_of(fbdev_drivers, [dom0_line](const char* driver) {
    return is_off(dom0_line, driver);
  });
}

std::string video_without_framebuffers(std::string_view words) {
  std::string result{words};
  for (const char* driver : fbdev_drivers)
    if (!is_off(result, driver)) result += (result.empty() ? "" : " ") + off_word(driver);
  return result;
}

std::string video_with_framebuffers(std::string_view words, std::string_view original) {
  std::vector<std::string> kept = split_command_line(words);
  const std::vector<std::string> before = split_command_line(original);
  for (const char* driver : fbdev_drivers)
    if (std::ranges::find(before, off_word(driver)) == before.end())
      std::erase(kept, off_word(driver));
  return join_command_line(kept);
}

}  // namespace xenlaunch
