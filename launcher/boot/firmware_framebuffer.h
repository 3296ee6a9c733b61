#pragma once

#include <string>
#include <string_view>

namespace xenlaunch {

// Linux's drivers for the framebuffer that the firmware left behind. They bind to a platform device
// that sysfb_init of drivers/firmware/sysfb.c makes of it, whoever has the card, and leave only
// when a native driver takes over, which pciback is not.
//  - efifb and vesafb ask fb_get_options: "video=efifb:off" keeps them away (5.10 to 6.17 alike).
//  - simplefb asks it too; simpledrm (5.14), efidrm and vesadrm (6.16) ask nothing. Without the
//    platform device they have nothing to bind to: "initcall_blacklist=sysfb_init", which needs
//    sysfb_init to be that function's name (5.15 and newer; simpledrm has no device before that).

/// Whether such a command line keeps a firmware framebuffer off the cards; `holder` is the name of
/// the driver: "efifb", "vesafb", "simplefb", "simpledrm", "efidrm", "vesadrm". A name that is not
/// known takes the word that keeps all of them away.
bool frees_firmware_framebuffer(std::string_view dom0_line, std::string_view holder);

/// Whether a kernel with this configuration ("CONFIG_DRM_SIMPLEDRM=y", a line each) has one that
/// video= does not keep away.
bool has_stubborn_framebuffer(std::string_view kernel_config);

/// Whether such a command line keeps away all that the kernel may have.
bool keeps_framebuffers_off(std::string_view dom0_line, bool has_stubborn);

/// The words video= of a command line, with those added that keep efifb and vesafb away.
std::string video_without_framebuffers(std::string_view words);

/// The same words without what the function above adds, but for what `original` had already.
std::string video_with_framebuffers(std::string_view words, std::string_view original);

}  // namespace xenlaunch
