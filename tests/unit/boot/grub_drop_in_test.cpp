#include "launcher/boot/grub_drop_in.h"

#include <doctest/doctest.h>

#include "tests/unit/boot/grub_host.h"

namespace xenlaunch::test {
namespace {

using Display = GrubDropIn::Display;
const PciAddress gpu{0, 0, 2, 0};
const PciAddress card{0, 1, 0, 0};

TEST_CASE("what is written is read back") {
  const GrubDropIn all{
      .hide = {gpu, card}, .unhide = {"(00:02.0)", "(01:00.0)"}, .display = Display::disabled};
  for (const GrubDropIn& drop_in :
       {all, GrubDropIn{.hide = {gpu}}, GrubDropIn{.display = Display::enabled}, GrubDropIn{}})
    CHECK((parse_drop_in(render_drop_in(drop_in)) == drop_in));
}

TEST_CASE("a file that is not ours, or whose settings are broken, is not read") {
  const std::string good = render_drop_in({.hide = {gpu}});
  const auto broken = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return parse_drop_in(text);
  };
  CHECK_FALSE(parse_drop_in("").has_value());
  CHECK_FALSE(broken("# Written by xenlaunch", "# Written by me").has_value());
  CHECK_FALSE(broken("(0000:00:02.0)", "(0000:00:02.0").has_value());
  CHECK_FALSE(broken("(0000:00:02.0)", "$(reboot)").has_value());
  CHECK_FALSE(broken("xenlaunch_unhide=''", "xenlaunch_unhide='(*)'").has_value());
  CHECK_FALSE(broken("xenlaunch_display=''", "xenlaunch_display='off'").has_value());
  CHECK_FALSE(broken("xenlaunch_display=''", "").has_value());
  CHECK(broken("xenlaunch_hide='(0000:00:02.0)'", "xenlaunch_hide=''") == GrubDropIn{});
}

/// Both lines that the entry of a host with these defaults gets.
struct Lines {
  std::string xen;
  std::string dom0;
  friend bool operator==(const Lines&, const Lines&) = default;
};

Lines lines_with(const std::string& defaults, const GrubDropIn& drop_in) {
  GrubHost host{defaults};
  host.tree.write("etc/default/grub.d/zz-xenlaunch.cfg", render_drop_in(drop_in));
  const ProgramResult result = host.run({"update-grub", "-o", host.tree.path("grub.cfg")});
  CHECK(result == ProgramResult{});
  const std::string cfg = host.tree.read("grub.cfg");
  const auto between = [&cfg](const std::string& from, const std::string& to) {
    const std::size_t start = cfg.find(from, cfg.find("'xen'")) + from.size();
    return cfg.substr(start, cfg.find(to, start) - start);
  };
  return {between("placeholder ", " ${xen_rm_opts}"), between(" ro ", "\n")};
}

TEST_CASE("the file's shell code hides devices beside those that are hidden") {
  const GrubDropIn hide{.hide = {gpu}};
  CHECK((lines_with("", hide) == Lines{" ", "xen-pciback.hide=(0000:00:02.0)  "}));
  CHECK((lines_with("GRUB_CMDLINE_LINUX='a b'\nGRUB_CMDLINE_LINUX_DEFAULT='quiet  \"x y\"'",
                    hide) == Lines{" ", "xen-pciback.hide=(0000:00:02.0) a b quiet  \"x y\""}));
  CHECK((lines_with("GRUB_CMDLINE_LINUX='xen-pciback.hide=(01:00.0)junk b'", hide) ==
         Lines{" ", "xen-pciback.hide=(01:00.0)junk(0000:00:02.0) b  "}));
  // Linux takes the last of two.
  CHECK((lines_with("GRUB_CMDLINE_LINUX='xen-pciback.hide=(01:00.0)'\n"
                    "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT='q xen_pciback.hide=(01:00.1)'",
                    hide) ==
         Lines{" ", "xen-pciback.hide=(01:00.0) q xen_pciback.hide=(01:00.1)(0000:00:02.0)"}));
}

TEST_CASE("the file's shell code takes back what the user's own line hides") {
  CHECK((lines_with("GRUB_CMDLINE_LINUX='a xen-pciback.hide=(00:02.0)(01:00.0) b'",
                    {.unhide = {"(00:02.0)"}}) == Lines{" ", "a xen-pciback.hide=(01:00.0) b  "}));
  CHECK((lines_with("GRUB_CMDLINE_LINUX='a xen-pciback.hide=(00:02.0) b'",
                    {.unhide = {"(00:02.0)"}}) == Lines{" ", "a b  "}));
  // A dot is a dot.
  CHECK((lines_with("GRUB_CMDLINE_LINUX='xen-pciback.hide=(00:0200)'", {.unhide = {"(00:02.0)"}}) ==
         Lines{" ", "xen-pciback.hide=(00:0200)  "}));
}

TEST_CASE("the file's shell code takes both consoles from the display") {
  const GrubDropIn off{.display = Display::disabled};
  const std::string words = "initcall_blacklist=sysfb_init ";
  CHECK((lines_with("GRUB_CMDLINE_XEN='console=com1,vga com1=115200'\n"
                    "GRUB_CMDLINE_LINUX='console=tty0 console=hvc0'",
                    off) == Lines{"console=com1 com1=115200 ", words + "console=hvc0  "}));
  CHECK(
      (lines_with("GRUB_CMDLINE_XEN='dom0_mem=1G com1=115200'\nGRUB_CMDLINE_LINUX='quiet'", off) ==
       Lines{"console=com1 dom0_mem=1G com1=115200 ", words + "console=hvc0 quiet  "}));
  CHECK((lines_with("GRUB_CMDLINE_XEN_DEFAULT='console=vga'\nGRUB_CMDLINE_LINUX_DEFAULT='console="
                    "tty console=tty1,x'",
                    off) == Lines{"console=none ", words + "console=hvc0  "}));
  CHECK((lines_with("GRUB_CMDLINE_XEN='console=vga,com1 "
                    "x'\nGRUB_CMDLINE_LINUX='console=ttyS0,9600n8 console=tty0 c'",
                    off) == Lines{"console=com1 x ", words + "console=ttyS0,9600n8 c  "}));
}

TEST_CASE("the file's shell code keeps firmware framebuffers off, beside the user's words") {
  const GrubDropIn off{.display = Display::disabled};
  const std::string xen = "GRUB_CMDLINE_XEN='console=com1'\nGRUB_CMDLINE_LINUX='console=hvc0 x'\n";
  CHECK(
      (lines_with(xen + "GRUB_CMDLINE_LINUX_DEFAULT='quiet initcall_blacklist=sysfb_init'", off) ==
       Lines{"console=com1 ", "console=hvc0 x quiet initcall_blacklist=sysfb_init"}));
  CHECK((
      lines_with(xen + "GRUB_CMDLINE_LINUX_DEFAULT='initcall_blacklist=a'", off) ==
      Lines{"console=com1 ", "initcall_blacklist=sysfb_init console=hvc0 x initcall_blacklist=a"}));
}

TEST_CASE(
    "the file's shell code puts both consoles on the display where the user's lines have none") {
  const GrubDropIn on{.display = Display::enabled};
  CHECK((lines_with("GRUB_CMDLINE_XEN='console=com1 x'\nGRUB_CMDLINE_LINUX='console=hvc0 y'", on) ==
         Lines{"console=com1,vga x ", "console=tty0 console=hvc0 y  "}));
  CHECK((lines_with(
             "GRUB_CMDLINE_XEN_DEFAULT='console=none'\nGRUB_CMDLINE_LINUX_DEFAULT='console=hvc0'",
             on) == Lines{" console=vga", "console=tty0 console=hvc0"}));
}

TEST_CASE("the settings follow the changes") {
  const GrubDropIn none;
  const GrubDropIn hidden = with_change(none, {BootChange::Kind::hide, gpu});
  CHECK((hidden == GrubDropIn{.hide = {gpu}}));
  CHECK((with_change(hidden, {BootChange::Kind::hide, gpu}) == hidden));
  CHECK((with_change(hidden, {BootChange::Kind::unhide, gpu}) == none));
  CHECK((with_change(hidden, {BootChange::Kind::unhide, card}) == hidden));
  const GrubDropIn dark = with_change(hidden, {BootChange::Kind::disable_display, {}});
  CHECK((dark == GrubDropIn{.hide = {gpu}, .display = Display::disabled}));
  CHECK((with_change(dark, {BootChange::Kind::enable_display, {}}) == hidden));
  CHECK((with_change({.unhide = {"(00:02.0)", "(01:00.0)"}}, {BootChange::Kind::hide, gpu}) ==
         GrubDropIn{.hide = {gpu}, .unhide = {"(01:00.0)"}}));
}

TEST_CASE("more is asked for where the user's own lines hold against a change") {
  const BootLines users{.xen = "console=com1",
                        .dom0 = "console=hvc0 xen-pciback.hide=(00:02.0)(01:*.*)"};
  CHECK((with_more({}, {BootChange::Kind::unhide, gpu}, users) ==
         GrubDropIn{.unhide = {"(00:02.0)"}}));
  CHECK((with_more({}, {BootChange::Kind::unhide, card}, users) == GrubDropIn{}));
  CHECK((with_more({}, {BootChange::Kind::enable_display, {}}, users) ==
         GrubDropIn{.display = Display::enabled}));
  CHECK((with_more({.hide = {gpu}}, {BootChange::Kind::hide, gpu}, users) ==
         GrubDropIn{.hide = {gpu}}));
}

}  // namespace
}  // namespace xenlaunch::test
