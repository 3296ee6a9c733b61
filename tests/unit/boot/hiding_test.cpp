#include "launcher/boot/hiding.h"

#include <doctest/doctest.h>

#include <chrono>

#include "launcher/boot/modprobe_conf.h"
#include "tests/unit/boot/grub_boot.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

const HideWord in_file{.value = "(01:00.0)", .file = "/etc/modprobe.d/a.conf", .line = 3};

std::optional<HideWord> hide_of(const std::string& text) {
  return modprobe_hide({{"/etc/modprobe.d/a.conf", text}});
}

TEST_CASE("options of xen-pciback are found in modprobe's files, the last one wins") {
  CHECK(hide_of("# x\n\noptions xen-pciback hide=(01:00.0)\n") == in_file);
  CHECK(hide_of("softdep nouveau pre: xen-pciback\n\noptions\txen_pciback  "
                "permissive=1\thide=(01:00.0)") == in_file);
  CHECK(hide_of("\n\noptions xen-pciback \\\n  hide=(01:00.0)\n") == in_file);
  CHECK(hide_of("options xen-pciback hide=(02:00.0)\n\noptions xen-pciback hide=(01:00.0)\n") ==
        in_file);
  CHECK(hide_of("options xen-pciback hide=\"(01:00.0) (02:00.0)\"\n")->value ==
        "(01:00.0) (02:00.0)");
  for (const char* text :
       {"", "#options xen-pciback hide=(01:00.0)\n", "options pciback hide=(01:00.0)\n",
        "options xen-pciback permissive=1\n", "options xen-pciback\n", "options"}) {
    CAPTURE(text);
    CHECK_FALSE(hide_of(text).has_value());
  }
}

TEST_CASE("modprobe's files are read by name, and the first folder with a name has it") {
  testing::TemporaryTree tree;
  tree.write("etc/modprobe.d/b.conf", "etc");
  tree.write("usr/lib/modprobe.d/b.conf", "usr");
  tree.write("lib/modprobe.d/a.conf", "lib");
  tree.write("run/modprobe.d/c.conf", "run");
  tree.write("etc/modprobe.d/d.conf.old", "old");
  CHECK(read_modprobe_files(tree.root()) ==
        std::vector<ModprobeFile>{{"/lib/modprobe.d/a.conf", "lib"},
                                  {"/etc/modprobe.d/b.conf", "etc"},
                                  {"/run/modprobe.d/c.conf", "run"}});
}

TEST_CASE("a kernel with pciback built in takes nothing from modprobe's files") {
  testing::TemporaryTree tree;
  tree.write("etc/modprobe.d/a.conf", "\n\noptions xen-pciback hide=(01:00.0)\n");
  tree.write("lib/modules/6.1/modules.builtin", "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n");
  CHECK_FALSE(read_modprobe_hide(tree.root(), "6.1").has_value());
  CHECK(read_modprobe_hide(tree.root(), "6.2") == in_file);
  CHECK(read_modprobe_hide(tree.root(), "") == in_file);
}

TEST_CASE("a file that is younger than the initramfs is told of") {
  testing::TemporaryTree tree;
  const auto note = [&tree] { return stale_initramfs_note(tree.root(), "6.1", in_file); };
  tree.write("etc/modprobe.d/a.conf", "");
  CHECK(note().empty());
  tree.write("boot/initrd.img-6.1", "");
  const std::filesystem::path file = tree.root() / "etc/modprobe.d/a.conf";
  const auto made = std::filesystem::last_write_time(tree.root() / "boot/initrd.img-6.1");
  std::filesystem::last_write_time(file, made - std::chrono::seconds{1});
  CHECK(note().empty());
  std::filesystem::last_write_time(file, made + std::chrono::seconds{1});
  CHECK(note() ==
        "/etc/modprobe.d/a.conf is newer than the initramfs /boot/initrd.img-6.1, which may load "
        "xen-pciback with what the file said before; run `update-initramfs -u`");
}

TEST_CASE("what hides a device counts from where the module has it") {
  const PciAddress hidden{0, 1, 0, 0};
  const BootLines by_line{.xen = "", .dom0 = "xen-pciback.hide=(01:00.0)"};
  const BootLines by_file{.xen = "", .dom0 = "", .modprobe = in_file};
  const BootLines by_module{.xen = "", .dom0 = "", .loaded_hide = "(01:00.0)\n"};
  const BootLines by_qubes{.xen = "", .dom0 = "rd.qubes.hide_pci=02:00.0,01:00.0"};
  // The command line's word replaces the file's.
  const BootLines by_neither{.xen = "", .dom0 = "xen-pciback.hide=(02:00.0)", .modprobe = in_file};
  const BootLines none{.xen = "", .dom0 = ""};
  for (const BootLines& boot : {by_line, by_file, by_module, by_qubes})
    CHECK(is_hidden(boot, hidden));
  CHECK_FALSE(is_hidden(by_neither, hidden));
  CHECK_FALSE(is_hidden({.xen = {}, .dom0 = "", .modprobe = in_file}, hidden));
  const auto state = [&](const BootLines& running, bool pciback_has_it) {
    return to_string(dom0_access(running, running, hidden, pciback_has_it));
  };
  for (const BootLines& boot : {by_line, by_module, by_qubes})
    CHECK(state(boot, false) == "disabled");
  CHECK(state(by_file, true) == "disabled");
  CHECK(state(by_file, false) == "disable_on_reboot");
  CHECK(to_string(dom0_access(none, by_file, hidden, true)) == "disable_on_reboot");
  CHECK(to_string(dom0_access(by_module, none, hidden, true)) == "enable_on_reboot");
}

TEST_CASE("Qubes' word is read as its script reads it") {
  const PciAddress device{0, 0x0a, 0, 1};
  for (const char* line : {"rd.qubes.hide_pci=0a:00.1", "rd.qubes.hide_pci=0a:00.0,0000:0a:00.1",
                           "rd.qubes.hide_pci=x rd.qubes.hide_pci=0a:00.1"}) {
    CAPTURE(line);
    CHECK(qubes_hides(line, device));
  }
  for (const char* line :
       {"", "rd.qubes.hide_pci=", "rd.qubes.hide_pci=(0a:00.1)", "rd.qubes.hide_pci=0a:00.10",
        "rd.qubes.hide_pci=0a:00.1 rd.qubes.hide_pci=0a:00.0", "rd.qubes.hide_all_usb=0a:00.1"}) {
    CAPTURE(line);
    CHECK_FALSE(qubes_hides(line, device));
  }
}

TEST_CASE("a value that pciback refuses is quoted, with its place and what to write") {
  const BootLines line{.xen = "", .dom0 = "xen-pciback.hide=(0b:00.0)(0b::00.1)"};
  const BootLines file{
      .xen = "",
      .dom0 = "",
      .modprobe =
          HideWord{.value = "0b:00.0,0b:00.1", .file = "/etc/modprobe.d/a.conf", .line = 2}};
  const BootLines good{.xen = "", .dom0 = "xen-pciback.hide=(0b:00.0)"};
  const std::optional<GarbledHide> of_line = garbled_hide(line, line);
  CHECK(
      reason_of(*of_line) ==
      "pciback does not understand '(0b::00.1)' in xen-pciback.hide=(0b:00.0)(0b::00.1) on dom0's "
      "command line, and refuses to load with it");
  CHECK(remedy_of(*of_line) ==
        "write xen-pciback.hide=(0b:00.0)(0b:00.1) on dom0's command line (on Debian in "
        "/etc/default/grub, then `update-grub`; on XCP-ng with `xen-cmdline --set-dom0`), and "
        "reboot the host");
  CHECK((of_line->now && of_line->next));
  const std::optional<GarbledHide> of_file = garbled_hide(good, file);
  CHECK(reason_of(*of_file) ==
        "pciback does not understand '0b:00.0,0b:00.1' in hide=0b:00.0,0b:00.1 in "
        "/etc/modprobe.d/a.conf:2, and refuses to load with it");
  CHECK(remedy_of(*of_file) ==
        "write hide=(0b:00.0)(0b:00.1) in /etc/modprobe.d/a.conf:2 and load it with `modprobe "
        "xen-pciback`; for the next "
        "boot make the initramfs anew (`update-initramfs -u`, with dracut `dracut -f`)");
  CHECK_FALSE(of_file->now);
  CHECK(remedy_of(*garbled_hide(line, good)) == "reboot the host, whose next boot has it right");
  CHECK_FALSE(garbled_hide(good, good).has_value());
  CHECK_FALSE(garbled_hide({.xen = {}, .dom0 = line.dom0}, good).has_value());
  // It was loaded with another value by hand.
  BootLines loaded = line;
  loaded.loaded_hide = "(0b:00.0)\n";
  CHECK_FALSE(garbled_hide(loaded, line)->now);
}

TEST_CASE("a value is mended only where it names devices") {
  CHECK(mended_hide("(00:02.0)(1:0.1)") == "(00:02.0)(1:0.1)");
  CHECK(mended_hide("0000:00:02.0 00:1f.*") == "(0000:00:02.0)(00:1f.*)");
  CHECK(mended_hide("(00:02:0);(00.03.0)") == "(00:02.0)(00:03.0)");
  for (const char* value : {"(00:02.0)junk", "(00:02)", "(zz:00.0)", "(00:2f.0)", "(00:02.9)"}) {
    CAPTURE(value);
    CHECK(mended_hide(value).empty());
  }
}

TEST_CASE("what a file of modprobe's or Qubes' word hides is not edited, and the way is named") {
  const std::string options = "options xen-pciback hide=(0000:00:02.0)\n";
  Boot boot{both_consoles, true};
  boot.host.tree.write("etc/modprobe.d/mine.conf", options);
  CHECK(is_hidden(boot.next(), gpu));
  boot.change(Kind::hide, gpu);
  CHECK_FALSE(std::filesystem::exists(boot.host.tree.path("etc/default/grub.d/zz-xenlaunch.cfg")));
  CHECK(boot.refusal(Kind::unhide, gpu) ==
        no_change +
            "hide=(0000:00:02.0) in /etc/modprobe.d/mine.conf:1 hides it, which xenlaunch did not "
            "write; take it out there, make the initramfs anew (`update-initramfs -u`, with dracut "
            "`dracut -f`), and reboot the host" +
            tail);
  CHECK(boot.refusal(Kind::hide, card) ==
        no_change +
            "xen-pciback.hide on dom0's command line would take the place of hide=(0000:00:02.0) "
            "in /etc/modprobe.d/mine.conf:1; add (0000:01:00.0) in /etc/modprobe.d/mine.conf:1, "
            "make the initramfs anew "
            "(`update-initramfs -u`, with dracut `dracut -f`), "
            "and reboot the host" +
            tail);
  Boot qubes{"GRUB_CMDLINE_LINUX='console=hvc0 rd.qubes.hide_pci=00:02.0'\n"};
  CHECK(is_hidden(qubes.next(), gpu));
  CHECK(
      qubes.refusal(Kind::unhide, gpu).find("rd.qubes.hide_pci on dom0's command line hides it") !=
      std::string::npos);
}

}  // namespace
}  // namespace xenlaunch::test
