#include "launcher/boot/early_pciback.h"

#include <algorithm>
#include <utility>

#include "tests/unit/boot/grub_boot.h"

namespace xenlaunch::test {
namespace {

TEST_CASE(
    "a xen-pciback that is a module is loaded before the card's driver, for as long as it hides "
    "something") {
  Boot boot{both_consoles, true};
  boot.host.tree.write("sys/bus/pci/devices/0000:00:02.0/modalias", "pci:bochs\n");
  const auto before = boot.host.files();
  boot.change(Kind::hide, gpu);
  CHECK(boot.host.tree.read("etc/modprobe.d/xenlaunch.conf") ==
        "# Written by xenlaunch: xen-pciback first, so that it can keep the hidden devices from "
        "these drivers.\n"
        "softdep bochs pre: xen-pciback\n");
  CHECK(
      boot.host.tree.read("etc/initramfs-tools/hooks/xenlaunch").find("force_load xen-pciback\n") !=
      std::string::npos);
  struct stat status {};
  ::stat(boot.host.tree.path("etc/initramfs-tools/hooks/xenlaunch").c_str(), &status);
  CHECK((status.st_mode & 07777) == 0755);
  const auto calls = [&boot] {
    Lines all = std::exchange(boot.host.calls, {});
    std::erase(all, "modprobe --set-version");  // only asks
    return all;
  };
  CHECK(calls() == Lines{"update-initramfs -u", "update-grub -o"});
  boot.change(Kind::disable_display);
  CHECK(calls() == Lines{"update-grub -o"});
  boot.change(Kind::enable_display);
  CHECK(calls() == Lines{"update-grub -o"});
  boot.change(Kind::hide, gpu);
  CHECK(calls() == Lines{});
  boot.change(Kind::unhide, gpu);
  CHECK(calls() == Lines{"update-grub -o", "update-initramfs -u"});
  CHECK(boot.host.files() == before);
}

TEST_CASE("dracut is told in its own way, where it makes the initramfs") {
  Boot boot{both_consoles, true};
  boot.host.tree.write("usr/bin/dracut", "");
  const auto before = boot.host.files();
  boot.change(Kind::hide, gpu);
  const auto files = boot.host.files();
  CHECK(boot.host.tree.read("etc/dracut.conf.d/xenlaunch.conf") ==
        "# Written by xenlaunch: loads xen-pciback in the initramfs, before the drivers of the "
        "devices it hides.\nforce_drivers+=\" xen-pciback \"\n");
  CHECK_FALSE(files.contains("etc/initramfs-tools/hooks/xenlaunch"));
  CHECK(std::ranges::count(boot.host.calls, "dracut --force") == 1);
  boot.change(Kind::unhide, gpu);
  CHECK(boot.host.files() == before);
  CHECK(std::ranges::count(boot.host.calls, "dracut --force") == 2);
}

TEST_CASE("what the maker before dracut was told is taken back") {
  Boot boot{both_consoles, true};
  boot.change(Kind::hide, gpu);
  REQUIRE(boot.host.files().contains("etc/initramfs-tools/hooks/xenlaunch"));
  boot.host.tree.write("usr/bin/dracut", "");
  boot.change(Kind::hide, gpu);
  CHECK_FALSE(boot.host.files().contains("etc/initramfs-tools/hooks/xenlaunch"));
  CHECK(boot.host.files().contains("etc/dracut.conf.d/xenlaunch.conf"));
  // Its package is there, but initramfs-tools' as well: that one makes the images.
  boot.host.tree.write("usr/share/initramfs-tools/hook-functions", "");
  boot.change(Kind::hide, gpu);
  CHECK(boot.host.files().contains("etc/initramfs-tools/hooks/xenlaunch"));
  CHECK_FALSE(boot.host.files().contains("etc/dracut.conf.d/xenlaunch.conf"));
}

TEST_CASE(
    "an initramfs that cannot be made leaves the old configuration, marked for the next time") {
  Boot boot{both_consoles, true};
  boot.host.update_initramfs_status = 1;
  CHECK_THROWS_WITH_AS(
      boot.change(Kind::hide, gpu),
      (no_change +
       "cannot update the initramfs: update-initramfs ended with status 1: failed to compress" +
       tail)
          .c_str(),
      Error);
  CHECK_FALSE(is_hidden(boot.next(), gpu));
  CHECK_FALSE(boot.host.files().contains("etc/modprobe.d/xenlaunch.conf"));
  CHECK_FALSE(boot.host.files().contains("etc/default/grub.d/zz-xenlaunch.cfg"));
  boot.host.update_initramfs_status = 0;
  boot.change(Kind::hide, gpu);
  CHECK(is_hidden(boot.next(), gpu));
  CHECK_FALSE(boot.host.files().contains("var/lib/xenlaunch/initramfs-is-stale"));
}

TEST_CASE("a device that the user's own line hides gets xen-pciback loaded early too") {
  Boot boot{"GRUB_CMDLINE_LINUX='xen-pciback.hide=(00:02.0)'\n", true};
  boot.host.tree.write("sys/bus/pci/devices/0000:00:02.0/modalias", "pci:bochs\n");
  CHECK(is_hidden(boot.next(), gpu));
  boot.change(Kind::hide, gpu);
  CHECK(is_hidden(boot.next(), gpu));
  CHECK(boot.host.files().contains("etc/modprobe.d/xenlaunch.conf"));
  boot.change(Kind::unhide, gpu);
  CHECK_FALSE(is_hidden(boot.next(), gpu));
  CHECK_FALSE(boot.host.files().contains("etc/modprobe.d/xenlaunch.conf"));
}

TEST_CASE(
    "a change killed before or after its initramfs leaves nothing once the next call has run") {
  Boot boot{both_consoles, true};
  const auto before = boot.host.files();
  boot.host.tree.write("etc/initramfs-tools/hooks/xenlaunch", "half");
  boot.host.tree.write("etc/modprobe.d/xenlaunch.conf", "half");
  boot.host.tree.write("var/lib/xenlaunch/initramfs-is-stale", "");
  boot.change(Kind::unhide, gpu);
  CHECK(boot.host.files() == before);
}

TEST_CASE("a kernel without xen-pciback is named") {
  Boot boot{both_consoles, true};
  boot.host.tree.write("lib/modules/6.1.0-28-amd64/modules.dep", "");
  CHECK(boot.refusal(Kind::hide, gpu) == no_change +
                                             "the kernel '6.1.0-28-amd64' of the next boot has no "
                                             "xen-pciback, built in or as a module below "
                                             "/lib/modules/6.1.0-28-amd64; boot one that has" +
                                             tail);
}

TEST_CASE("an initramfs that keeps a module nobody needs any more is worth a warning") {
  Boot boot{both_consoles, true};
  boot.change(Kind::hide, gpu);
  boot.host.update_initramfs_status = 1;
  boot.change(Kind::unhide, gpu);
  CHECK_FALSE(is_hidden(boot.next(), gpu));
  CHECK(boot.warnings.lines ==
        Lines{"cannot update the initramfs: update-initramfs ended with status 1: failed to "
              "compress; xen-pciback is "
              "loaded early though nothing needs that now, which does no harm"});
}

TEST_CASE("a driver built into the kernel, which takes its card first, is worth a warning") {
  Boot boot{both_consoles, true};
  boot.host.tree.write("sys/bus/pci/devices/0000:00:02.0/modalias", "pci:bochs\n");
  boot.host.tree.write("lib/modules/6.1.0-28-amd64/modules.builtin",
                       "kernel/drivers/gpu/drm/tiny/bochs.ko\n");
  boot.change(Kind::hide, gpu);
  CHECK(boot.warnings.lines.front() ==
        "0000:00:02.0: its driver bochs is built into the kernel 6.1.0-28-amd64 and takes it "
        "before xen-pciback, a "
        "module, can; it will be hidden only with a kernel where that driver is a module too");
}

}  // namespace
}  // namespace xenlaunch::test
