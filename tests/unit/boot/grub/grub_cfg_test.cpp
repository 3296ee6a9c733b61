#include "launcher/boot/grub/grub_cfg.h"

#include <doctest/doctest.h>

#include "tests/unit/boot/grub/grub_samples.h"
#include "tests/unit/boot/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const std::string debian_xen = "dom0_mem=4G,max:4G com1=115200,8n1 console=com1,vga";
const std::string advanced = "Advanced options for Debian GNU/Linux";
const std::string advanced_xen =
    advanced + " (with Xen hypervisor)>Xen hypervisor, version 4.17-amd64";

const BootEntry plain_linux{.title = "Debian GNU/Linux",
                            .xen = {},
                            .dom0 = "root=UUID=8a3e0c5e ro quiet",
                            .kernel = "/boot/vmlinuz-6.1.0-28-amd64"};
const BootEntry with_xen{
    .title = "Debian GNU/Linux, with Xen hypervisor",
    .xen = debian_xen,
    .dom0 = "root=UUID=8a3e0c5e ro xen-pciback.hide=(0000:00:02.0)(01:00.*) quiet",
    .kernel = "/boot/vmlinuz-6.1.0-28-amd64"};
const BootEntry advanced_linux{.title = advanced + ">Debian GNU/Linux, with Linux 6.1.0-28-amd64",
                               .xen = {},
                               .dom0 = "root=UUID=8a3e0c5e ro quiet",
                               .kernel = "/boot/vmlinuz-6.1.0-28-amd64"};
const BootEntry older_with_xen{
    .title = advanced_xen + ">Debian GNU/Linux, with Xen 4.17-amd64 and Linux 6.1.0-25-amd64",
    .xen = debian_xen,
    .dom0 = "root=UUID=8a3e0c5e ro single xen-pciback.hide=(0000:00:02.0)(01:00.*)",
    .kernel = "/boot/vmlinuz-6.1.0-25-amd64"};
const BootEntry newer_with_xen{
    .title = advanced_xen + ">Debian GNU/Linux, with Xen 4.17-amd64 and Linux 6.1.0-28-amd64",
    .xen = debian_xen,
    .dom0 = with_xen.dom0,
    .kernel = with_xen.kernel};

/// What an entry says of itself; what chose it, and what of it GRUB starts, have tests of their
/// own.
BootEntry boots(std::string_view grub_cfg, std::string_view grubenv) {
  BootEntry entry = next_entry(grub_cfg, grubenv);
  entry.starts.clear();
  entry.chosen_by.clear();
  return entry;
}

TEST_CASE("Debian's default boots by number, title, id and path") {
  const std::vector<std::pair<std::string, BootEntry>> cases = {
      {"0", plain_linux},
      {"2", with_xen},
      {"0x2", with_xen},
      {"02", with_xen},
      {" 2 of three", with_xen},
      {"Debian GNU/Linux, with Xen hypervisor", with_xen},
      {"xen-gnulinux-simple-8a3e0c5e", with_xen},
      {"xen-gnulinux-simple-8a3e0c5e>0", with_xen},
      {"3>0>1", older_with_xen},
      {advanced + " (with Xen hypervisor)>0>1", older_with_xen},
      {advanced_xen + ">xen-gnulinux-6.1.0-25-amd64-advanced-8a3e0c5e", older_with_xen},
      {"3>xen-hypervisor-4.17-amd64-8a3e0c5e>xen-gnulinux-6.1.0-25-amd64-advanced-8a3e0c5e",
       older_with_xen},
      // A submenu without more: its first entry, and that one's first.
      {"1", advanced_linux},
      {"3", newer_with_xen},
      {"3>7>8", newer_with_xen},
      // Nothing of that name: the first.
      {"", plain_linux},
      {"4", plain_linux},
      {"-1", plain_linux},
      {"99999999999999999999999999", plain_linux},
      {"debian gnu/linux, with xen hypervisor", plain_linux},
      {"Debian GNU/Linux, with Xen", plain_linux},
      // 20_linux_xen gives its submenu the id that 10_linux's has, and GRUB takes the first.
      {"gnulinux-advanced-8a3e0c5e>xen-gnulinux-6.1.0-28-amd64-advanced-8a3e0c5e", advanced_linux},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(boots(debian_grub_cfg(one.first), "") == one.second);
    CHECK(boots(debian_grub_cfg("${saved_entry}"),
                grubenv_with("saved_entry=" + one.first + "\n")) == one.second);
  }
}

TEST_CASE("grubenv's next_entry wins over the default, once") {
  const std::string saved = debian_grub_cfg("${saved_entry}");
  CHECK(boots(saved, "") == plain_linux);
  CHECK(boots(saved, grubenv_with("saved_entry=2\nnext_entry=3>0>1\n")) == older_with_xen);
  CHECK(boots(saved, grubenv_with("saved_entry=2\nnext_entry=\n")) == with_xen);
  CHECK(boots(debian_grub_cfg("0"), grubenv_with("next_entry=xen-gnulinux-simple-8a3e0c5e\n")) ==
        with_xen);
  // That is for the boot after the next.
  CHECK(boots(saved, grubenv_with("saved_entry=2\nprev_saved_entry=0\n")) == with_xen);
}

TEST_CASE("what is not grubenv, or not all of it, says nothing") {
  const std::string saved = debian_grub_cfg("${saved_entry}");
  const Pairs cases = {
      {"saved_entry=2\n", "no signature"},
      {"# GRUB Environment Block\nsaved_entry=2", "no end of the line"},
      {"# GRUB Environment Block\n#saved_entry=2\n", "a comment"},
      {"# GRUB Environment Block\nsaved_entry 2\n", "no value"},
      {"# GRUB Environment Block\nsaved_entry=2\\\n", "an escaped end of the line"},
      {"# GRUB Environment Block\nSaved_entry=2\n", "another name"},
      {std::string(1024, '\0'), "zeros"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.second);
    CHECK(boots(saved, one.first) == plain_linux);
  }
  CHECK(boots(saved, grubenv_with("x=a\\\nsaved_entry=0\ny\\\\=\nsaved_entry=\\2\n")) == with_xen);
  // Without load_env it is not read.
  CHECK(boots("set default=\"${saved_entry}\"\n"
              "menuentry a { linux /a; }\nmenuentry b { linux /b; }\n",
              grubenv_with("saved_entry=1\n"))
            .title == "a");
}

TEST_CASE("Ubuntu's entry has its command line from variables") {
  CHECK(boots(ubuntu_grub_cfg(), "") == BootEntry{.title = "Ubuntu",
                                                  .xen = {},
                                                  .dom0 = "root=UUID=1b2c ro quiet splash",
                                                  .kernel = "/boot/vmlinuz-6.8.0-41-generic"});
  CHECK(boots(ubuntu_grub_cfg(), grubenv_with("initrdfail=1\n")).dom0 ==
        "root=PARTUUID=77 ro quiet splash panic=-1");
}

TEST_CASE("XCP-ng's first entry boots unless it is overridden") {
  CHECK(boots(xcp_grub_cfg(), "") ==
        BootEntry{.title = "XCP-ng",
                  .xen = "dom0_mem=7584M,max:7584M watchdog ucode=scan dom0_max_vcpus=1-16 "
                         "crashkernel=256M,below=4G console=vga vga=mode-0x0311",
                  .dom0 = "root=LABEL=root-jnugiq ro nolvm hpet=disable console=hvc0 console=tty0 "
                          "quiet vga=785 splash plymouth.ignore-serial-consoles "
                          "xen-pciback.hide=(0000:04:01.0)(0000:00:02.0)",
                  .kernel = "/boot/vmlinuz-4.19-xen"});
  CHECK(boots(xcp_grub_cfg(), grubenv_with("override_entry=1\n")) ==
        BootEntry{.title = "XCP-ng (Serial)",
                  .xen = "com1=115200,8n1 console=com1,vga dom0_mem=7584M,max:7584M",
                  .dom0 = "root=LABEL=root-jnugiq ro console=tty0 console=hvc0",
                  .kernel = "/boot/vmlinuz-4.19-xen"});
}

TEST_CASE("a '>' of a title is doubled in a path") {
  const std::string menu =
      "menuentry first { linux /first; }\n"
      "submenu 'a>b' { menuentry x { linux /x; }\nmenuentry 'c>>d' { linux /cd; } }\n"
      "menuentry a { linux /a; }\n";
  const Pairs cases = {
      {"a>>b", "a>b>x"},      {"a>>b>c>>>>d", "a>b>c>>d"},
      {"a>>b>1", "a>b>c>>d"}, {"a>>b>", "a>b>x"},
      {"a>b", "a"},           {"a", "a"},
      {"a>>", "first"},       {">", "first"},
      {">>", "first"},        {"a>>b>>>1", "first"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(boots("default='" + one.first + "'\n" + menu, "").title == one.second);
  }
}

TEST_CASE("an entry boots what its last loader loads") {
  const auto body = [](const std::string& commands) {
    return boots("menuentry e {\n" + commands + "\n}\n", "");
  };
  const std::vector<std::pair<std::string, BootEntry>> cases = {
      {"multiboot /xen.gz placeholder a b\nmodule /linux placeholder c\nmodule /initrd d",
       {"e", "a b", "c", "/linux"}},
      {"multiboot2 --quirk-bad-kludge /xen.gz\nmodule2 --nounzip /linux", {"e", "", "", "/linux"}},
      {"xen_hypervisor /xen placeholder a\nxen_module /linux placeholder b\nxen_module /initrd",
       {"e", "a", "b", "/linux"}},
      {"multiboot2 /xen.gz a placeholder\nmodule2 /linux b placeholder",
       {"e", "a placeholder", "b placeholder", "/linux"}},
      {"linux16 /old x\nmultiboot2 /xen.gz a", {"e", "a", "", ""}},
      {"multiboot2 /xen.gz a\nmodule2 /linux b\nlinux /new c", {"e", {}, "c", "/new"}},
      {"linuxefi /linux a b\ninitrdefi /initrd", {"e", {}, "a b", "/linux"}},
      {"module2 /linux a", {"e", {}, "", ""}},
      {"chainloader +1", {"e", {}, "", ""}},
      {"linux /linux a\nchainloader /EFI/Microsoft/Boot/bootmgfw.efi", {"e", {}, "", ""}},
      {"fwsetup", {"e", {}, "", ""}},
      {"linux", {"e", {}, "", ""}},
      {"multiboot2 --x", {"e", {}, "", ""}},
      // As the kernel sees them.
      {R"(linux /linux a="b c" 'd'"e" \"f)", {"e", {}, R"("a=b c" de \"f)", "/linux"}},
      {"linux /linux xen-pciback.hide=\"(00:02.0) (00:03.*)\"",
       {"e", {}, "\"xen-pciback.hide=(00:02.0) (00:03.*)\"", "/linux"}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(body(one.first) == one.second);
  }
}

TEST_CASE("Xen is what has a name of Xen's, wherever it stands in the entry") {
  const auto body = [](const std::string& commands) {
    return boots("set xen=/boot/xen-4.17-amd64.gz\nmenuentry e {\n" + commands + "\n}\n", "");
  };
  const std::vector<std::pair<std::string, BootEntry>> cases = {
      // tboot, its arguments, Xen as the first of its modules, or behind the modules of its own.
      {"multiboot2 /boot/tboot.gz placeholder logging=serial\n"
       "module2 /boot/xen-4.17.gz placeholder a\nmodule2 /vmlinuz-6.1 placeholder b\n"
       "module2 --nounzip /initrd.img\nmodule2 /SINIT.BIN",
       {"e", "a", "b", "/vmlinuz-6.1"}},
      {"multiboot /tboot.gz logging=vga\nmodule /list.data\nmodule /SINIT.BIN\n"
       "module /xen.gz a\nmodule /vmlinuz-6.1 b",
       {"e", "a", "b", "/vmlinuz-6.1"}},
      {"multiboot2 /tboot.gz logging=vga\nmodule2 /vmlinuz-6.1 b\nmodule2 /initrd.img",
       {"e", {}, "b", "/vmlinuz-6.1"}},
      {"multiboot2 /tboot.gz logging=vga\nmodule2 /vmlinuz-6.1-xen b\nmodule2 /xen.gz a",
       {"e", {}, "b", "/vmlinuz-6.1-xen"}},
      // Other kernels of that kind.
      {"multiboot /boot/memtest.elf a", {"e", {}, "", ""}},
      {"multiboot /gnumach.gz root=a\nmodule /ext2fs.static b", {"e", {}, "", ""}},
      // The last one counts, and Xen's own modules are dom0's kernel and what comes with it.
      {"multiboot2 /xen-4.14.gz a\nmodule2 /vmlinuz-1 b\nmultiboot2 /xen-4.17.gz c\n"
       "module2 /vmlinuz-2 d\nmodule2 /xenpolicy-4.17 e",
       {"e", "c", "d", "/vmlinuz-2"}},
      {"multiboot2 /xen.gz a\nmodule2 /vmlinuz-4.19-xen b", {"e", "a", "b", "/vmlinuz-4.19-xen"}},
      {"multiboot2 /xen.gz a\nmodule2 /vmlinuz b\nmultiboot2 /tboot.gz c", {"e", {}, "", ""}},
      {"multiboot2 $xen a\nmodule2 /vmlinuz b", {"e", "a", "b", "/vmlinuz"}},
      {"multiboot2 (hd0,gpt2)${folder}/xen.gz a\nmodule2 /vmlinuz b", {"e", "a", "b", "/vmlinuz"}},
      {"xen_hypervisor /image a\nxen_module /image b", {"e", "a", "b", "/image"}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(body(one.first) == one.second);
  }
}

TEST_CASE("a Xen image is known by the names that distributions give it") {
  for (const char* file : {"/boot/xen-4.17-amd64.gz", "/boot/xen.gz", "/xen-4.17.3.gz",
                           "(hd0,1)/xen-4.13.5-10.58.gz", "/boot/xen-4.18.0_06-150600.3.gz",
                           "/boot/xen-dbg.gz", "/boot/xen-4.20", "xen", "\\EFI\\fedora\\XEN.EFI",
                           "/EFI/qubes/xen-4.17.3.efi", "/kernels/1q2w3e-xen-4.19.1-xen.gz"}) {
    CAPTURE(file);
    CHECK(is_xen_image(file));
  }
  for (const char* file :
       {"/boot/tboot.gz", "/boot/xenpolicy-4.17-amd64", "/boot/xen-syms-4.17", "/xen/tboot.gz",
        "/boot/xen-4.17-amd64.config", "/EFI/xen/xen.cfg", "/boot/vmlinuz-4.19-xen",
        "/boot/vmlinuz-xen", "/boot/initrd-xen.img", "/boot/memtest86+.bin", "/oxenford.gz", ""}) {
    CAPTURE(file);
    CHECK_FALSE(is_xen_image(file));
  }
}

TEST_CASE("what GRUB starts, and what of grubenv chose it, are named") {
  const std::string menu =
      "menuentry a { linux /boot/vmlinuz-1 x; }\nmenuentry w { chainloader "
      "/EFI/Microsoft/Boot/bootmgfw.efi; }\nmenuentry t { multiboot2 /boot/tboot.gz; }\n"
      "menuentry f { fwsetup; }\n";
  const auto says = [&menu](const std::string& value, const std::string& grubenv) {
    const BootEntry entry = next_entry(grub_header(value) + menu, grubenv_with(grubenv));
    return entry.starts + "|" + entry.chosen_by;
  };
  CHECK(says("0", "") == "vmlinuz-1|");
  CHECK(says("1", "saved_entry=1\n") == "bootmgfw.efi|");
  CHECK(says("t", "next_entry=w\n") == "bootmgfw.efi|next_entry=w");
  CHECK(says("${saved_entry}", "saved_entry=t\n") == "tboot.gz|saved_entry=t");
  CHECK(says("${saved_entry}", "saved_entry=t\nnext_entry=f\n") == "|next_entry=f");
  CHECK(says("${saved_entry}", "next_entry=\n") == "vmlinuz-1|");
}

TEST_CASE("what cannot be told is said") {
  const std::string cannot = "4: cannot tell what the next boot starts: ";
  const Pairs cases = {
      {"", "grub.cfg has no menu entries"},
      {"set default=0\n# menuentry a { linux /a; }\n", "grub.cfg has no menu entries"},
      {"menuentry a { linux /a;\n", "grub.cfg has no menu entries"},
      {"menuentry 'a { linux /a; }\n", "grub.cfg has no menu entries"},
      {"menuentry a\nmenuentry { linux /a; }\nmenuentry --id b { linux /a; }\n",
       "grub.cfg has no menu entries"},
      {"submenu 's\x1b' { }", "the submenu 's\\x1b' is empty"},
      {"submenu s { submenu t { echo; }; menuentry u { linux /u; }; }",
       "the submenu 's>t' is empty"},
      {"menuentry 'Xen (EFI)' { chainloader /EFI/xen/Xen.efi; }",
       "the entry 'Xen (EFI)' starts Xen as an EFI program, whose command lines stand in a file of "
       "its own"},
      {"menuentry a { configfile /other.cfg; }",
       "the entry 'a' continues with the menu of another file"},
      {"blscfg\nmenuentry a { multiboot2 /xen.gz; }",
       "grub.cfg takes entries from /boot/loader/entries (blscfg), which is not read"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(error_of([&one] { next_entry(one.first, ""); }) == cannot + one.second);
  }
}

}  // namespace
}  // namespace xenlaunch::test
