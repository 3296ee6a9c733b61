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
    CHECK(next_entry(debian_grub_cfg(one.first), "") == one.second);
    CHECK(next_entry(debian_grub_cfg("${saved_entry}"),
                     grubenv_with("saved_entry=" + one.first + "\n")) == one.second);
  }
}

TEST_CASE("grubenv's next_entry wins over the default, once") {
  const std::string saved = debian_grub_cfg("${saved_entry}");
  CHECK(next_entry(saved, "") == plain_linux);
  CHECK(next_entry(saved, grubenv_with("saved_entry=2\nnext_entry=3>0>1\n")) == older_with_xen);
  CHECK(next_entry(saved, grubenv_with("saved_entry=2\nnext_entry=\n")) == with_xen);
  CHECK(next_entry(debian_grub_cfg("0"),
                   grubenv_with("next_entry=xen-gnulinux-simple-8a3e0c5e\n")) == with_xen);
  // That is for the boot after the next.
  CHECK(next_entry(saved, grubenv_with("saved_entry=2\nprev_saved_entry=0\n")) == with_xen);
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
    CHECK(next_entry(saved, one.first) == plain_linux);
  }
  CHECK(next_entry(saved, grubenv_with("x=a\\\nsaved_entry=0\ny\\\\=\nsaved_entry=\\2\n")) ==
        with_xen);
  // Without load_env it is not read.
  CHECK(next_entry("set default=\"${saved_entry}\"\n"
                   "menuentry a { linux /a; }\nmenuentry b { linux /b; }\n",
                   grubenv_with("saved_entry=1\n"))
            .title == "a");
}

TEST_CASE("Ubuntu's entry has its command line from variables") {
  CHECK(next_entry(ubuntu_grub_cfg(), "") == BootEntry{.title = "Ubuntu",
                                                       .xen = {},
                                                       .dom0 = "root=UUID=1b2c ro quiet splash",
                                                       .kernel = "/boot/vmlinuz-6.8.0-41-generic"});
  CHECK(next_entry(ubuntu_grub_cfg(), grubenv_with("initrdfail=1\n")).dom0 ==
        "root=PARTUUID=77 ro quiet splash panic=-1");
}

TEST_CASE("XCP-ng's first entry boots unless it is overridden") {
  CHECK(next_entry(xcp_grub_cfg(), "") ==
        BootEntry{.title = "XCP-ng",
                  .xen = "dom0_mem=7584M,max:7584M watchdog ucode=scan dom0_max_vcpus=1-16 "
                         "crashkernel=256M,below=4G console=vga vga=mode-0x0311",
                  .dom0 = "root=LABEL=root-jnugiq ro nolvm hpet=disable console=hvc0 console=tty0 "
                          "quiet vga=785 splash plymouth.ignore-serial-consoles "
                          "xen-pciback.hide=(0000:04:01.0)(0000:00:02.0)",
                  .kernel = "/boot/vmlinuz-4.19-xen"});
  CHECK(next_entry(xcp_grub_cfg(), grubenv_with("override_entry=1\n")) ==
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
    CHECK(next_entry("default='" + one.first + "'\n" + menu, "").title == one.second);
  }
}

TEST_CASE("an entry boots what its last loader loads") {
  const auto body = [](const std::string& commands) {
    return next_entry("menuentry e {\n" + commands + "\n}\n", "");
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
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(error_of([&one] { next_entry(one.first, ""); }) == cannot + one.second);
  }
}

}  // namespace
}  // namespace xenlaunch::test
