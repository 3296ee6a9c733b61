#include "launcher/boot/grub_boot_config.h"

#include "tests/unit/boot/grub_boot.h"
#include "tests/unit/boot/state_table.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("hiding and unhiding devices and the display come and go without a trace") {
  Boot boot;
  const auto before = boot.host.files();
  const BootLines first = boot.next();
  CHECK((first == BootLines{.xen = "console=com1,vga",
                            .dom0 = "root=/dev/sda1 ro console=tty0 console=hvc0"}));
  boot.change(Kind::hide, gpu);
  boot.change(Kind::hide, card);
  boot.change(Kind::disable_display);
  CHECK((boot.next() == BootLines{.xen = "console=com1",
                                  .dom0 = "root=/dev/sda1 ro initcall_blacklist=sysfb_init "
                                          "xen-pciback.hide=(0000:00:02.0)(0000:01:00.0) "
                                          "console=hvc0"}));
  boot.change(Kind::unhide, gpu);
  boot.change(Kind::enable_display);
  CHECK(
      (boot.next() ==
       BootLines{
           .xen = "console=com1,vga",
           .dom0 = "root=/dev/sda1 ro xen-pciback.hide=(0000:01:00.0) console=tty0 console=hvc0"}));
  boot.change(Kind::unhide, card);
  CHECK((boot.next() == first));
  CHECK(boot.host.files() == before);
  CHECK(boot.warnings.lines == Lines{});
}

TEST_CASE("a display that an older version disabled loses its firmware framebuffers") {
  Boot boot;
  const BootLines first = boot.next();
  boot.change(Kind::disable_display);
  const std::string drop_in = "etc/default/grub.d/zz-xenlaunch.cfg";
  std::string text = boot.host.tree.read(drop_in);
  // Its shell code knew nothing of them.
  for (std::size_t at; (at = text.find("initcall_blacklist")) != std::string::npos;)
    text.replace(at, 18, "quiet");
  boot.host.tree.write(drop_in, text);
  boot.host.run({"update-grub", "-o", boot.host.tree.path("boot/grub/grub.cfg")});
  CHECK(boot.next().dom0.find("blacklist") == std::string::npos);
  boot.change(Kind::disable_display);
  CHECK(boot.next().dom0 == "root=/dev/sda1 ro initcall_blacklist=sysfb_init console=hvc0");
  boot.change(Kind::enable_display);
  CHECK(boot.next() == first);
}

TEST_CASE("GRUB: every call in every state, for dom0 access and the display") {
  Boot boot;
  GrubBootConfig config = boot.config();
  check_state_table(config, gpu);
}

TEST_CASE("what the user's own files hide or keep from the display is given back all the same") {
  Boot boot{
      "GRUB_CMDLINE_XEN='console=com1'\nGRUB_CMDLINE_LINUX='console=hvc0 "
      "xen-pciback.hide=(00:02.0)(01:00.0)'\n"};
  boot.change(Kind::unhide, gpu);
  boot.change(Kind::enable_display);
  CHECK((
      boot.next() ==
      BootLines{.xen = "console=com1,vga",
                .dom0 = "root=/dev/sda1 ro console=tty0 console=hvc0 xen-pciback.hide=(01:00.0)"}));
  CHECK(boot.host.tree.read("etc/default/grub").find("(00:02.0)(01:00.0)") != std::string::npos);
  boot.change(Kind::hide, gpu);
  CHECK(is_hidden(boot.next(), gpu));
}

TEST_CASE("the mode of grub.cfg stays") {
  Boot boot;
  ::chmod(boot.host.tree.path("boot/grub/grub.cfg").c_str(), 0600);
  boot.change(Kind::hide, gpu);
  struct stat status {};
  ::stat(boot.host.tree.path("boot/grub/grub.cfg").c_str(), &status);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("an update-grub that fails leaves the old configuration") {
  Boot boot;
  boot.host.update_grub_status = 1;
  CHECK(boot.refusal(Kind::hide, gpu) ==
        no_change + "update-grub ended with status 1: no space left" + tail);
  boot.host.update_grub_status = 0;
  boot.change(Kind::hide, gpu);
  boot.host.update_grub_status = 1;
  CHECK(boot.refusal(Kind::disable_display) ==
        no_change + "update-grub ended with status 1: no space left" + tail);
}

TEST_CASE("a device that the user's files hide by a wildcard stays hidden, with the reason") {
  Boot boot{"GRUB_CMDLINE_LINUX='xen-pciback.hide=(00:02.*)'\n"};
  CHECK(boot.refusal(Kind::unhide, gpu) == no_change +
                                               "(00:02.*) in xen-pciback.hide hides it together "
                                               "with others; write those out one by one in "
                                               "/etc/default/grub" +
                                               tail);
}

TEST_CASE("a hide parameter that pciback does not understand is named") {
  Boot boot{"GRUB_CMDLINE_LINUX='xen-pciback.hide=(01:00.0)junk'\n"};
  const std::string text = boot.refusal(Kind::hide, gpu);
  CHECK(text.find("pciback does not understand 'junk") != std::string::npos);
  CHECK(text.ends_with("would hide nothing at all; correct that in /etc/default/grub" + tail));
}

TEST_CASE("a next boot without Xen, and a host that is no Debian, are named") {
  const std::string no_xen =
      "the next boot starts no Xen but vmlinuz-6.1.0-28-amd64: the entry 'Debian GNU/Linux', which "
      "GRUB_DEFAULT in /etc/default/grub decides; name the Xen entry there, and run `update-grub`";
  Boot linux{"GRUB_DEFAULT=linux\n"};
  CHECK(linux.refusal(Kind::hide, gpu) == no_change + no_xen + tail);
  // The default may have been edited since grub.cfg was made.
  Boot edited;
  edited.change(Kind::hide, gpu);
  edited.host.tree.write("etc/default/grub", "GRUB_DEFAULT=linux\n");
  CHECK(edited.refusal(Kind::unhide, gpu) == no_change + no_xen + tail);
  Boot other;
  other.host.tree.remove("etc/default/grub");
  CHECK(other.refusal(Kind::hide, gpu) == no_change +
                                              "/etc/default/grub is missing; only GRUB as Debian "
                                              "and Ubuntu set it up is supported, and "
                                              "XenServer's xen-cmdline" +
                                              tail);
}

TEST_CASE("a hide that our shell code does not see is not overridden") {
  Boot boot{"GRUB_CMDLINE_LINUX='quiet \"xen-pciback.hide=(01:00.0)\"'\n"};
  CHECK(is_hidden(boot.next(), card));
  CHECK(boot.refusal(Kind::hide, gpu)
            .find("write xen-pciback.hide=, console= and initcall_blacklist= there without quotes "
                  "and spaces in "
                  "/etc/default/grub") != std::string::npos);
  CHECK(is_hidden(boot.next(), card));
}

TEST_CASE("what stands behind -- is for init, and does not keep ours from Linux and Xen") {
  Boot boot{"GRUB_CMDLINE_LINUX='quiet -- splash'\nGRUB_CMDLINE_XEN='com1=115200 -- x'\n"};
  boot.change(Kind::hide, gpu);
  boot.change(Kind::disable_display);
  CHECK(is_hidden(boot.next(), gpu));
  CHECK_FALSE(uses_display(boot.next()));
}

TEST_CASE("a grub.cfg that another program makes meanwhile is not lost") {
  Boot boot;
  int runs = 0;
  boot.host.during_update_grub = [&] {
    if (runs++ == 0) {
      boot.host.tree.write("etc/default/grub", both_consoles + "GRUB_CMDLINE_LINUX_DEFAULT=apt\n");
      boot.host.tree.write("boot/grub/grub.cfg", "by apt");
    }
  };
  boot.change(Kind::hide, gpu);
  CHECK(runs == 2);
  CHECK(boot.next().dom0.ends_with(" apt"));
  CHECK(is_hidden(boot.next(), gpu));
}

TEST_CASE("custom.cfg counts where grub.cfg reads it") {
  Boot boot;
  boot.host.tree.write("boot/grub/custom.cfg", "set default=linux\n");
  CHECK(boot.next().xen.has_value());
  boot.host.tree.write("boot/grub/grub.cfg", boot.host.tree.read("boot/grub/grub.cfg") +
                                                 "source ${config_directory}/custom.cfg\n");
  CHECK_FALSE(boot.next().xen.has_value());
}

TEST_CASE("a drop-in that somebody broke is not acted on") {
  Boot boot;
  boot.host.tree.write("etc/default/grub.d/zz-xenlaunch.cfg", "# mine now\n");
  CHECK(boot.refusal(Kind::hide, gpu) == no_change +
                                             "/etc/default/grub.d/zz-xenlaunch.cfg is not as "
                                             "xenlaunch writes it; remove it, run update-grub, and "
                                             "try again");
}

TEST_CASE("a change that was killed before grub.cfg was replaced is undone by the next") {
  Boot boot;
  Boot copy;
  copy.change(Kind::disable_display);
  // As it is when update-grub runs.
  boot.host.tree.write("etc/default/grub.d/zz-xenlaunch.cfg",
                       copy.host.tree.read("etc/default/grub.d/zz-xenlaunch.cfg"));
  boot.host.tree.write("etc/default/grub.d/zz-xenlaunch.cfg.before", "");
  boot.host.tree.write("boot/grub/grub.cfg.xenlaunch", "half");
  CHECK(uses_display(boot.next()));
  boot.change(Kind::hide, gpu);
  CHECK(uses_display(boot.next()));
  CHECK(is_hidden(boot.next(), gpu));
  CHECK_FALSE(boot.host.files().contains("etc/default/grub.d/zz-xenlaunch.cfg.before"));
  CHECK_FALSE(boot.host.files().contains("boot/grub/grub.cfg.xenlaunch"));
}

TEST_CASE("a change that was killed after grub.cfg was replaced holds") {
  Boot boot;
  boot.change(Kind::disable_display);
  boot.host.tree.write("etc/default/grub.d/zz-xenlaunch.cfg.before", "");
  boot.change(Kind::hide, gpu);
  CHECK_FALSE(uses_display(boot.next()));
  CHECK(is_hidden(boot.next(), gpu));
}

TEST_CASE("at every moment of a change grub.cfg is the old one or the new one") {
  Boot boot;
  const std::string old = boot.host.tree.read("boot/grub/grub.cfg");
  std::string during;
  boot.host.during_update_grub = [&] { during = boot.host.tree.read("boot/grub/grub.cfg"); };
  boot.change(Kind::hide, gpu);
  CHECK(during == old);
}

}  // namespace
}  // namespace xenlaunch::test
