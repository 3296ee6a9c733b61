#pragma once

#include <string>
#include <string_view>

namespace xenlaunch {

/// Whether Xen's console goes to the system display device: an item beginning with "vga" in the
/// last console= word; without such a word "vga" is Xen's default (OPT_CONSOLE_STR of
/// xen/arch/x86/include/asm/config.h, console_init_preirq of xen/drivers/char/console.c).
bool xen_uses_display(std::string_view xen_line);

/// Whether dom0's console does: a console=tty or console=ttyN (N decimal; ttyS0 is none), options
/// behind a comma or not (console_setup of Linux kernel/printk/printk.c), or no console= word at
/// all.
bool dom0_uses_display(std::string_view dom0_line);

/// The line changed so that the function above says false. All other words stay where they are,
/// byte for byte. Xen: every console= loses its vga items; a word left without items goes; where no
/// console= is left then, console=com1 where com1= is on the line, else console=none, is added at
/// the end. dom0: console=ttyN goes; console=hvc0 is added at the end where no console= is left.
/// The end is what own_part of command_line.h says.
std::string xen_without_display(std::string_view xen_line);
std::string dom0_without_display(std::string_view dom0_line);

/// The first of them for a part of Xen's line, where com1= is on the line or not.
std::string xen_without_display(std::string_view xen_part, bool has_com1);

/// The line changed so that the function says true, and still what it was where it is true already.
/// Xen: ",vga" behind the last console=, or console=vga in place of none.
/// dom0: console=tty0 before the first console=, so that /dev/console stays what it is.
std::string xen_with_display(std::string_view xen_line);
std::string dom0_with_display(std::string_view dom0_line);

}  // namespace xenlaunch
