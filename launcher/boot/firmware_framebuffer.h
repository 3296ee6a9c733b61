#pragma once

#include <string>
#include <string_view>

namespace xenlaunch {

// Linux's drivers for the framebuffer that the firmware left behind bind to a platform device that
// sysfb_init makes of it (drivers/firmware/sysfb.c; before 5.15 arch/x86/kernel/sysfb.c), whoever
// has the card, and leave only when a native driver takes over, which pciback is not.
//  - "video=efifb:off" keeps efifb away, and "video=simplefb:off" simplefb.
//  - vesafb ignores what fb_get_options tells it of "off"; simpledrm, efidrm and vesadrm do not
//  ask.
//  - "initcall_blacklist=sysfb_init" keeps all of them away, since there is no such device then
//    (init/main.c; with CONFIG_KALLSYMS, as distributions have it). It is the one word that we add.

/// Whether such a command line keeps a firmware framebuffer off the cards; `holder` is the name of
/// the driver: "efifb", "vesafb", "simplefb", "simpledrm", "efidrm", "vesadrm". A name that is not
/// known takes the word that keeps all of them away.
bool frees_firmware_framebuffer(std::string_view dom0_line, std::string_view holder);

/// Whether it keeps all of them away.
bool keeps_framebuffers_off(std::string_view dom0_line);

/// The words initcall_blacklist= of a command line, with the one added that keeps all of them away.
std::string initcalls_without_framebuffers(std::string_view words);

/// The same words without what the function above adds, but for what `original` had already.
std::string initcalls_with_framebuffers(std::string_view words, std::string_view original);

}  // namespace xenlaunch
