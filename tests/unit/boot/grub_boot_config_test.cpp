#include "launcher/host/boot/grub_boot_config.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "launcher/base/error.h"
#include "tests/unit/boot/grub_host.h"
#include "tests/unit/boot/state_table.h"

namespace xenlaunch::test {
namespace {

using Kind = BootChange::Kind;
using Lines = std::vector<std::string>;

const PciAddress gpu{0, 0, 2, 0};
const PciAddress card{0, 1, 0, 0};
const std::string both_consoles =
    "GRUB_CMDLINE_XEN='console=com1,vga'\nGRUB_CMDLINE_LINUX='console=tty0 console=hvc0'\n";

class Warnings final : public Progress {
 public:
  Lines lines;
  void step(const std::string&) override {}
  void info(const std::string&) override {}
  void warning(const std::string& text) override { lines.push_back(text); }
};

struct Boot {
  GrubHost host;
  Warnings warnings;
  explicit Boot(const std::string& defaults = both_consoles, bool pciback_is_module = false)
      : host{defaults, pciback_is_module} {}
  GrubBootConfig config() { return {host.tree.root(), host}; }
  void change(Kind kind, const PciAddress& device = {}) {
    config().change({kind, device}, warnings);
  }
  BootLines next() { return config().next_boot(); }
  /// What a change that fails says; nothing may have changed.
  std::string refusal(Kind kind, const PciAddress& device = {}) {
    const auto before = host.files();
    std::string text;
    try {
      change(kind, device);
    } catch (const Error& error) {
      CHECK(error.code == ExitCode::host);
      text = error.what();
    }
    CHECK(host.files() == before);
    return text;
  }
};

const std::string tail = "; the next boot is what it was";
const std::string no_change = "cannot change the boot configuration: ";

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
                                  .dom0 = "root=/dev/sda1 ro console=hvc0 "
                                          "xen-pciback.hide=(0000:00:02.0)(0000:01:00.0)"}));
  boot.change(Kind::unhide, gpu);
  boot.change(Kind::enable_display);
  CHECK(
      (boot.next() ==
       BootLines{
           .xen = "console=com1,vga",
           .dom0 = "root=/dev/sda1 ro console=tty0 console=hvc0 xen-pciback.hide=(0000:01:00.0)"}));
  boot.change(Kind::unhide, card);
  CHECK((boot.next() == first));
  CHECK(boot.host.files() == before);
  CHECK(boot.warnings.lines == Lines{});
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
  Boot linux{"GRUB_DEFAULT=linux\n"};
  CHECK(linux.refusal(Kind::hide, gpu) ==
        "cannot change what Xen boots with: the next boot takes the entry 'Debian GNU/Linux', "
        "which starts no Xen; name "
        "the Xen entry in GRUB_DEFAULT in /etc/default/grub and run update-grub");
  Boot other;
  other.host.tree.remove("etc/default/grub");
  CHECK(other.refusal(Kind::hide, gpu) == no_change +
                                              "/etc/default/grub is missing; only GRUB as Debian "
                                              "and Ubuntu set it up is supported, and "
                                              "XenServer's xen-cmdline");
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
  CHECK(boot.host.calls == Lines{"modprobe --set-version", "update-initramfs -u", "update-grub -o",
                                 "modprobe --set-version"});
  boot.host.calls.clear();
  boot.change(Kind::disable_display);
  CHECK(boot.host.calls == Lines{"update-grub -o", "modprobe --set-version"});
  boot.change(Kind::enable_display);
  boot.host.calls.clear();
  boot.change(Kind::unhide, gpu);
  CHECK(boot.host.calls == Lines{"update-grub -o", "update-initramfs -u"});
  CHECK(boot.host.files() == before);
}

TEST_CASE(
    "an initramfs that cannot be made leaves the old configuration, marked for the next time") {
  Boot boot{both_consoles, true};
  boot.host.update_initramfs_status = 1;
  CHECK_THROWS_WITH_AS(
      boot.change(Kind::hide, gpu),
      "cannot update the initramfs: update-initramfs ended with status 1: failed to compress",
      Error);
  CHECK_FALSE(is_hidden(boot.next(), gpu));
  CHECK_FALSE(boot.host.files().contains("etc/modprobe.d/xenlaunch.conf"));
  CHECK_FALSE(boot.host.files().contains("etc/default/grub.d/zz-xenlaunch.cfg"));
  boot.host.update_initramfs_status = 0;
  boot.change(Kind::hide, gpu);
  CHECK(is_hidden(boot.next(), gpu));
  CHECK_FALSE(boot.host.files().contains("var/lib/xenlaunch/initramfs-is-stale"));
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
