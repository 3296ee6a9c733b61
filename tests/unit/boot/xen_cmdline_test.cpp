#include "launcher/boot/xen_cmdline_boot_config.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/fixtures/source_folder.h"
#include "tests/unit/boot/state_table.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using Kind = BootChange::Kind;

const PciAddress gpu{0, 0, 2, 0};

/// A host whose xen-cmdline is the stand-in.
struct XenServer {
  testing::TemporaryTree tree;
  HostPrograms programs;
  SilentProgress silent;

  XenServer(const std::string& xen, const std::string& dom0) {
    tree.write("xen", xen + "\n");
    tree.write("dom0", dom0 + "\n");
    std::filesystem::copy(testing::source_folder() / "tests/fixtures/programs/xen-cmdline",
                          tree.path("xen-cmdline"));
  }
  XenCmdlineBootConfig config() {
    return {tree.path("xen-cmdline"), tree.path("record.json"), programs};
  }
  void change(Kind kind, const PciAddress& device = {}) {
    XenCmdlineBootConfig lines_of = config();
    ensure(lines_of, {kind, device}, silent);
  }
  std::string lines() const { return tree.read("xen") + tree.read("dom0"); }
  bool has_record() const { return std::filesystem::exists(tree.path("record.json")); }
};

TEST_CASE("xen-cmdline's lines are changed and put back as they were") {
  XenServer host{"dom0_mem=1G com1=115200,8n1 console=com1,vga watchdog",
                 "root=LABEL=root ro console=hvc0 console=tty0 quiet"};
  const std::string before = host.lines();
  CHECK((host.config().next_boot() == BootLines{.xen = "com1=115200,8n1 console=com1,vga",
                                                .dom0 = "console=hvc0 console=tty0"}));
  host.change(Kind::hide, gpu);
  host.change(Kind::hide, {0, 1, 0, 0});
  host.change(Kind::disable_display);
  CHECK(host.lines() ==
        "dom0_mem=1G com1=115200,8n1 console=com1 watchdog\n"
        "root=LABEL=root ro console=hvc0 quiet xen-pciback.hide=(0000:00:02.0)(0000:01:00.0) "
        "initcall_blacklist=sysfb_init\n");
  host.change(Kind::unhide, {0, 1, 0, 0});
  host.change(Kind::enable_display);
  host.change(Kind::unhide, gpu);
  CHECK(host.lines() == before);
  CHECK_FALSE(host.has_record());
}

TEST_CASE("what is quoted on Xen's line comes back as it was, beside a com1= whatever that is") {
  for (const std::string line :
       {"console=\"1\",vga ,vga", "com1=9600 console=\"1\",vga", "com1=9600 console=vga x"}) {
    CAPTURE(line);
    XenServer host{line, "console=hvc0"};
    const std::string before = host.lines();
    host.change(Kind::disable_display);
    CHECK_FALSE(host.lines() == before);
    host.change(Kind::enable_display);
    CHECK(host.lines() == before);
  }
  XenServer host{"console=\"1\",vga ,vga", "console=hvc0"};
  host.change(Kind::disable_display);
  CHECK(host.tree.read("xen") == "console=\"1\" ,vga\n");
}

TEST_CASE("a short address and unknown text survive in xen-cmdline's hide parameter") {
  XenServer host{"console=vga", "xen-pciback.hide=(00:02.0)(01:00.0)"};
  host.change(Kind::unhide, gpu);
  CHECK(host.tree.read("dom0") == "xen-pciback.hide=(01:00.0)\n");
}

TEST_CASE("a display that another tool disabled is enabled by adding to the lines") {
  XenServer host{"console=com1", "console=hvc0"};
  host.change(Kind::enable_display);
  CHECK(host.lines() == "console=com1,vga\nconsole=tty0 console=hvc0\n");
}

TEST_CASE("consoles that somebody edited since are not overwritten by those of before") {
  XenServer host{"console=com1,vga", "console=hvc0 console=tty0"};
  host.change(Kind::disable_display);
  host.tree.write("dom0", "console=hvc0 console=ttyS1\n");
  host.change(Kind::enable_display);
  CHECK(host.lines() == "console=com1,vga\nconsole=tty0 console=hvc0 console=ttyS1\n");
}

TEST_CASE(
    "the user's own words initcall_blacklist= stay in xen-cmdline's lines, and those of before "
    "come back") {
  XenServer host{"console=com1,vga", "initcall_blacklist=a console=tty0"};
  const std::string before = host.lines();
  host.change(Kind::disable_display);
  CHECK(host.tree.read("dom0") ==
        "initcall_blacklist=a initcall_blacklist=sysfb_init console=hvc0\n");
  host.change(Kind::enable_display);
  CHECK(host.tree.read("dom0") == "initcall_blacklist=a console=tty0\n");
  CHECK(host.lines() == before);
}

TEST_CASE("a display that an older version disabled loses its framebuffers, and comes back whole") {
  XenServer host{"console=com1", "console=hvc0"};
  host.tree.write("record.json",
                  R"({"original": {"xen": "console=com1,vga", "dom0": "console=hvc0 console=tty0"},
          "disabled": {"xen": "console=com1", "dom0": "console=hvc0"}})");
  host.change(Kind::disable_display);
  CHECK(host.lines() == "console=com1\nconsole=hvc0 initcall_blacklist=sysfb_init\n");
  host.change(Kind::enable_display);
  CHECK(host.lines() == "console=com1,vga\nconsole=hvc0 console=tty0\n");
}

TEST_CASE("a second line that cannot be written puts the first one back") {
  XenServer host{"console=com1,vga", "console=hvc0 console=tty0"};
  const std::string before = host.lines();
  host.tree.write("fail---set-dom0", "");
  CHECK_THROWS_AS(host.change(Kind::disable_display), Error);
  host.tree.remove("fail---set-dom0");
  CHECK(host.lines() == before);
}

const std::string record_of_disabling =
    R"({"original": {"xen": "console=com1,vga", "dom0": "console=hvc0 console=tty0"},
        "disabled": {"xen": "console=com1", "dom0": "console=hvc0"},
        "from": {"xen": "console=com1,vga", "dom0": "console=hvc0 console=tty0"},
        "to": {"xen": "console=com1", "dom0": "console=hvc0"}})";

TEST_CASE("a change killed between the two lines is undone by the next one, whatever that is") {
  for (const BootChange& next :
       {BootChange{Kind::hide, gpu}, BootChange{Kind::enable_display, {}}}) {
    XenServer host{"console=com1", "console=hvc0 console=tty0"};
    host.tree.write("record.json", record_of_disabling);
    host.change(next.kind, next.device);
    CHECK(host.lines().starts_with("console=com1,vga\nconsole=hvc0 console=tty0"));
  }
}

TEST_CASE("an enabling killed between the two lines still knows what was there") {
  XenServer host{"console=vga,com1", "console=hvc0 console=tty0"};
  const std::string before = host.lines();
  host.change(Kind::disable_display);
  host.tree.write("fail---set-dom0", "");
  CHECK_THROWS_AS(host.change(Kind::enable_display), Error);
  host.tree.remove("fail---set-dom0");
  host.change(Kind::enable_display);
  CHECK(host.lines() == before);
}

TEST_CASE("one line that somebody edited after a change is theirs") {
  XenServer host{"console=com1,vga", "console=hvc0 console=tty0"};
  host.change(Kind::disable_display);
  host.tree.write("xen", "console=com1,vga\n");
  host.change(Kind::hide, gpu);
  CHECK(host.lines() ==
        "console=com1,vga\nconsole=hvc0 initcall_blacklist=sysfb_init "
        "xen-pciback.hide=(0000:00:02.0)\n");
}

TEST_CASE("an undo that fails too is not called done") {
  XenServer host{"console=com1,vga", "console=hvc0 console=tty0"};
  host.tree.write("fail---set-dom0", "");
  host.tree.write("fail---set-xen", "1");
  std::string text;
  try {
    host.change(Kind::disable_display);
  } catch (const Error& error) {
    text = error.what();
  }
  CHECK(text.ends_with(
      "; the next boot is not what it was: Xen now gets 'console=com1' and dom0 'console=hvc0 "
      "console=tty0', check that before you reboot"));
  host.tree.remove("fail---set-dom0");
  host.tree.remove("fail---set-xen");
  host.change(Kind::hide, gpu);
  CHECK(host.lines() ==
        "console=com1,vga\nconsole=hvc0 console=tty0 xen-pciback.hide=(0000:00:02.0)\n");
}

TEST_CASE("a half change that was never one of ours is left alone") {
  XenServer host{"console=com1,vga", "console=hvc0 console=tty0"};
  host.change(Kind::disable_display);
  host.tree.write("dom0", "console=hvc0 console=ttyS1\n");
  host.change(Kind::hide, gpu);
  CHECK(host.lines() ==
        "console=com1\nconsole=hvc0 console=ttyS1 xen-pciback.hide=(0000:00:02.0)\n");
}

TEST_CASE("a xen-cmdline that fails is named, with what it said") {
  XenServer host{"console=vga", ""};
  host.tree.write("fail---set-dom0", "");
  const std::string program = host.tree.path("xen-cmdline");
  CHECK_THROWS_WITH_AS(host.change(Kind::hide, gpu),
                       ("cannot change the boot configuration: " + program +
                        " ended with status 1: xen-cmdline: --set-dom0 failed as it "
                        "was told to; the next boot is what it was")
                           .c_str(),
                       Error);
}

TEST_CASE("a garbled record is named, and the way out of it") {
  XenServer host{"console=com1", "console=hvc0"};
  host.tree.write("record.json", "{");
  CHECK_THROWS_AS(host.change(Kind::enable_display), Error);
  CHECK(host.lines() == "console=com1\nconsole=hvc0\n");
}

TEST_CASE("xen-cmdline: every call in every state, for dom0 access and the display") {
  XenServer host{"com1=115200,8n1 console=com1,vga",
                 "console=hvc0 console=tty0 xen-pciback.hide=(01:00.0)"};
  XenCmdlineBootConfig config = host.config();
  check_state_table(config, gpu);
}

}  // namespace
}  // namespace xenlaunch::test
