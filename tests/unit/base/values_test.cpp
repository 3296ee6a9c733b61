#include <doctest/doctest.h>

#include <cerrno>
#include <regex>

#include "base/error.h"
#include "base/pci_address.h"
#include "base/shell_quote.h"
#include "base/size.h"
#include "base/uuid.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("a PCI address is read with or without its segment and printed as sysfs spells it") {
  CHECK(PciAddress::parse("0000:00:02.0") == PciAddress{0, 0, 2, 0});
  CHECK(PciAddress::parse("65:00.1") == PciAddress{0, 0x65, 0, 1});
  CHECK(PciAddress::parse("FFFF:ff:1f.7") == PciAddress{0xffff, 0xff, 31, 7});
  CHECK(PciAddress::parse("10000:e2:00.0") == PciAddress{0x10000, 0xe2, 0, 0});
  CHECK(PciAddress::parse("fffffffe:01:00.0") == PciAddress{0xfffffffe, 1, 0, 0});
  CHECK(PciAddress{0xabcd, 0x65, 31, 7}.to_string() == "abcd:65:1f.7");
  CHECK(PciAddress{0x10000, 0xe2, 0, 0}.to_string() == "10000:e2:00.0");
  CHECK(PciAddress{}.to_string() == "0000:00:00.0");
}

TEST_CASE("whatever is no PCI address is refused") {
  for (const char* text : {"",
                           "0",
                           "00:02",
                           "00:02.",
                           "00:02.8",
                           "00:20.0",
                           "0:02.0",
                           "00:2.0",
                           "00:02.0 ",
                           " 00:02.0",
                           "00000:00:02.0",
                           "100000000:00:02.0",
                           "000:00:02.0",
                           "0000-00-02-0",
                           "0000:00:02:0",
                           "0x:02.0",
                           "-1:02.0",
                           "+1:02.0",
                           "gg:02.0",
                           "0000:00:02.0\n",
                           "0000:00:02.00",
                           "0000:000:2.0"}) {
    CAPTURE(text);
    CHECK_FALSE(PciAddress::parse(text));
  }
}

TEST_CASE("the number of a PCI address is what Xen's device calls take") {
  CHECK(PciAddress{0, 0, 2, 0}.sbdf() == 0x10);
  CHECK(PciAddress{0xffff, 0xff, 31, 7}.sbdf() == 0xffffffff);
  CHECK(PciAddress{1, 0x65, 3, 2}.sbdf() == 0x1651a);
}

TEST_CASE("PCI addresses sort by segment, bus, device and function") {
  CHECK(PciAddress{0, 0xff, 31, 7} < PciAddress{1, 0, 0, 0});
  CHECK(PciAddress{0, 1, 31, 7} < PciAddress{0, 2, 0, 0});
  CHECK(PciAddress{0, 1, 2, 7} < PciAddress{0, 1, 3, 0});
}

TEST_CASE("ids of a PCI function are four hex digits each") {
  CHECK(PciId::parse("8086:0412") == PciId{0x8086, 0x0412});
  CHECK(PciId::parse("10DE:1b80") == PciId{0x10de, 0x1b80});
  CHECK(PciId{0x8086, 0x412}.to_string() == "8086:0412");
  for (const char* text : {"", "8086", "8086:", "8086:412", "8086:04120", "8086 0412", "-086:0412"})
    CHECK_FALSE(PciId::parse(text));
}

TEST_CASE("a size is an integer and a binary unit, nothing else") {
  CHECK(parse_size("0KiB") == 0);
  CHECK(parse_size("1KiB") == 1024);
  CHECK(parse_size("512MiB") == 512 * mib);
  CHECK(parse_size("4GiB") == 4096 * mib);
  CHECK(parse_size("8388607TiB") == 8388607 * mib * mib);
  for (const char* text : {"", "1", "GiB", "1GB", "1 GiB", " 1GiB", "1GiB ", "-1GiB", "+1GiB",
                           "1.5GiB", "0x1GiB", "1gib", "8388608TiB", "18446744073709551616KiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("MiB are printed in the largest unit that divides them") {
  CHECK(format_mib(0) == "0 MiB");
  CHECK(format_mib(1500) == "1500 MiB");
  CHECK(format_mib(1024) == "1 GiB");
  CHECK(format_mib(16 << 20) == "16 TiB");
}

TEST_CASE("a word is quoted for the shell only where it has to be") {
  CHECK(shell_quote("-machine") == "-machine");
  CHECK(shell_quote("/a_b/C.1,x=y:z@%+") == "/a_b/C.1,x=y:z@%+");
  CHECK(shell_quote("") == "''");
  CHECK(shell_quote("a b") == "'a b'");
  CHECK(shell_quote("$(rm -rf ~)`x`\"\\;&|<>*?[]{}#!") == "'$(rm -rf ~)`x`\"\\;&|<>*?[]{}#!'");
  CHECK(shell_quote("it's") == "'it'\\''s'");
  CHECK(shell_quote("~") == "'~'");
  CHECK(shell_quote("a\nb") == "'a\nb'");
  CHECK(shell_quote("\xc3\xa4") == "'\xc3\xa4'");
  CHECK(shell_line({"a", "", "b c"}) == "a '' 'b c'");
  CHECK(shell_line({}).empty());
}

TEST_CASE("a made-up UUID is random, of version 4 and in lower case") {
  const std::string uuid = random_uuid();
  CHECK(std::regex_match(uuid, std::regex{"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                          "[0-9a-f]{12}"}));
  CHECK(uuid != random_uuid());
}

TEST_CASE("an error of the system names the action and the reason") {
  CHECK(error_of([] { throw_errno(ExitCode::host, ENOENT, "read /x"); }) ==
        "4: cannot read /x: No such file or directory");
  CHECK(errno_text(EPERM) == "Operation not permitted");
  CHECK(errno_name(EPERM) == "EPERM");
  CHECK(errno_name(-1) == "-1");
}

}  // namespace
}  // namespace xenlaunch::test
