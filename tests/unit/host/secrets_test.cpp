#include "launcher/host/secrets.h"

#include <doctest/doctest.h>

namespace xenlaunch::test {
namespace {

TEST_CASE("values of words that name secrets are masked, and nothing else changes") {
  CHECK(without_secrets("root=UUID=1 rd.luks.key=/a:UUID=2 quiet\n") ==
        "root=UUID=1 rd.luks.key=masked quiet\n");
  CHECK(without_secrets("systemd.set_credential=a:b BOOTIF=01-aa-bb  x") ==
        "systemd.set_credential=masked BOOTIF=masked  x");
  CHECK(without_secrets("netroot=iscsi:u:p@h::1 rd.iscsi.password=\"a b\" x") ==
        "netroot=masked rd.iscsi.password=masked x");
  CHECK(without_secrets("GRUB_CMDLINE_LINUX='cryptkey=a b'") ==
        "GRUB_CMDLINE_LINUX='cryptkey=masked b'");
  for (const char* line : {"", "xen-pciback.hide=(00:02.0)", "console=hvc0 quiet", "password"})
    CHECK(without_secrets(line) == line);
}

TEST_CASE("a secret within a value is masked, too") {
  CHECK(without_secrets("cifsroot=//10.0.0.1/s,username=foo,password=bar,ro quiet") ==
        "cifsroot=//10.0.0.1/s,username=foo,password=masked,ro quiet");
  CHECK(without_secrets("root=iscsi:bob:bar@10.0.0.2::3260:1:iqn") ==
        "root=iscsi:masked@10.0.0.2::3260:1:iqn");
  CHECK(without_secrets("inst.ks=http://u:bar@host/ks?a=b@c") ==
        "inst.ks=http://masked@host/ks?a=b@c");
  CHECK(without_secrets("a=http://host/x@y console=com1,vga") ==
        "a=http://host/x@y console=com1,vga");
}

TEST_CASE("a network interface that is named after its address keeps its maker alone") {
  CHECK(without_addresses("sys/class/net/enx001122aabbcc/dev enxaa enx001122aabbccd") ==
        "sys/class/net/enx001122000000/dev enxaa enx001122aabbccd");
}

TEST_CASE("of IPv6 routes the default ones are kept, without their router's own address") {
  const std::string zeros(32, '0');
  const std::string router = "fe80000000000000021122fffeaabbcc";
  const std::string rest = " 00000400 00000001 00000000 00000003 eth0\n";
  CHECK(default_routes("20010db8" + zeros.substr(8) + " 40 " + zeros + " 00 " + zeros + rest +
                       zeros + " 00 " + zeros + " 00 " + router + rest) ==
        zeros + " 00 " + zeros + " 00 fe80" + zeros.substr(4) + rest);
}

TEST_CASE("GRUB's passwords are left out") {
  CHECK(grub_without_secrets("set superusers=\"a\"\npassword_pbkdf2 a grub.pbkdf2.1\n"
                             "  password a b\nmenuentry 'x' {\n linux /l cryptkey=1\n}\n") ==
        "set superusers=\"a\"\nmenuentry 'x' {\n linux /l cryptkey=masked\n}\n");
}

TEST_CASE("of long files only what is read is kept") {
  CHECK(first_processor("processor\t: 0\nflags\t: a\n\nprocessor\t: 1\n\n") ==
        "processor\t: 0\nflags\t: a\n\n");
  CHECK(first_processor("a") == "a");
  CHECK(only_pciback("options wifi key=1\noptions xen-pciback \\\n hide=(1)\nx\n") ==
        "\noptions xen-pciback \\\n hide=(1)\n\n");
  CHECK(lines_with("a\nkernel/xen-pciback.ko:\nb", {"xen-pciback"}) == "kernel/xen-pciback.ko:\n");
}

}  // namespace
}  // namespace xenlaunch::test
