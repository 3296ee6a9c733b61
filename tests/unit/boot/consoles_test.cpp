#include "launcher/boot/consoles.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace xenlaunch::test {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("Xen's console is on the display where the last console= has an item vga, or none is") {
  for (const char* line :
       {"", "dom0_mem=4G", "console=vga", "console=com1,vga", "console=vga,com1",
        "console=com1H,vga", "console=vga,keep", "com1=115200,8n1 console=com1,vga x",
        "console=com1 console=vga", "console=vga[80x25]", "console=com1,,vga", "xconsole=com1",
        "Console=com1", "console_to_ring", "foo -- console=com1", "console"}) {
    CAPTURE(line);
    CHECK(xen_uses_display(line));
  }
  for (const char* line :
       {"console=com1", "console=none", "console=", "console=com1,xvga", "console=com1,VGA",
        "console=com1,vga console=com2", "vga=keep console=com1H", "console=com1 -- console=vga",
        "console=com1 vga"}) {
    CAPTURE(line);
    CHECK_FALSE(xen_uses_display(line));
  }
}

TEST_CASE("dom0's console is on the display where a console= is tty, or none is") {
  for (const char* line :
       {"", "quiet", "console=tty0", "console=tty", "console=tty12", "console=hvc0 console=tty0",
        "console=tty0 console=hvc0", "console=tty0,9600", "console=tty,x", "console=\"tty0\"",
        "earlycon=ttyS0", "quiet -- console=hvc0", "console"}) {
    CAPTURE(line);
    CHECK(dom0_uses_display(line));
  }
  for (const char* line :
       {"console=hvc0", "console=ttyS0", "console=ttyS0,115200n8", "console=ttyAMA0",
        "console=", "console=null", "console=xtty0", "console=hvc0 tty0", "console=ttyUSB0 x",
        "console=hvc0 -- console=tty0"}) {
    CAPTURE(line);
    CHECK_FALSE(dom0_uses_display(line));
  }
}

TEST_CASE("Xen's line loses the display") {
  const Pairs cases = {
      {"", "console=none"},
      {"dom0_mem=4G  watchdog", "dom0_mem=4G  watchdog console=none"},
      {"com1=115200,8n1", "com1=115200,8n1 console=com1"},
      {"console=vga", "console=none"},
      {"console=vga com1=115200", "com1=115200 console=com1"},
      {"a  console=com1,vga  b", "a  console=com1  b"},
      {"console=vga,com1", "console=com1"},
      {"console=com1H,vga,com2", "console=com1H,com2"},
      {"console=vga,keep,vga[1]", "console=keep"},
      {"console=com1,,vga", "console=com1,"},
      {"console=com1 console=vga", "console=com1"},
      {"console=vga console=vga x", "x console=none"},
      {"console=com1,vga console=vga,com2", "console=com1 console=com2"},
      {"vga=keep console=vga", "vga=keep console=none"},
      {"a console=vga -- console=vga", "a console=none -- console=vga"},
      {"console=\"1\",vga ,vga", "console=\"1\" ,vga"},
      {"console=\"vga\",com1", "console=com1"},
      {"console=\"com1,vga\"", "console=\"com1\""},
      {"\"console=vga,com1\"", "\"console=com1\""},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(xen_without_display(one.first) == one.second);
  }
}

TEST_CASE("Xen's line gets the display") {
  const Pairs cases = {
      {"console=none", "console=vga"},
      {"console=", "console=vga"},
      {"a  console=com1  b", "a  console=com1,vga  b"},
      {"console=com1H,com2", "console=com1H,com2,vga"},
      {"console=com1,vga console=com2", "console=com1,vga console=com2,vga"},
      {"console=none console=com1 x", "console=none console=com1,vga x"},
      {"console=com1 -- console=com2", "console=com1,vga -- console=com2"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(xen_with_display(one.first) == one.second);
  }
}

TEST_CASE("dom0's line loses the display") {
  const Pairs cases = {
      {"", "console=hvc0"},
      {"quiet  splash", "quiet  splash console=hvc0"},
      {"console=tty0", "console=hvc0"},
      {"a console=hvc0  console=tty0  b", "a console=hvc0  b"},
      {"console=tty0 console=hvc0", "console=hvc0"},
      {"console=tty console=tty1,9600 x console=ttyS0", "x console=ttyS0"},
      {"console=tty0 quiet -- console=tty0", "quiet console=hvc0 -- console=tty0"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(dom0_without_display(one.first) == one.second);
  }
}

TEST_CASE("dom0's line gets the display, and /dev/console stays what it is") {
  const Pairs cases = {
      {"console=hvc0", "console=tty0 console=hvc0"},
      {"quiet  console=ttyS0,115200 console=hvc0",
       "quiet  console=tty0 console=ttyS0,115200 console=hvc0"},
      {"console= x", "console=tty0 console= x"},
      {"console=hvc0 -- console=tty0", "console=tty0 console=hvc0 -- console=tty0"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(dom0_with_display(one.first) == one.second);
  }
}

/// Lines as people write them, and as nobody should.
const std::vector<std::string> lines = {
    "",
    " ",
    "quiet",
    "console",
    "console=",
    "console=,",
    "console=,,vga,,",
    "console=none",
    "console=none,vga",
    "console=vga",
    "console=vga,com1",
    "console=com1H,vga  com1=115200,8n1",
    "console=com1,vga console=com2",
    "console=com2 console=vga console=",
    "\tconsole=hvc0\t console=tty0 \n",
    "console=tty0 console=ttyS0 console=tty1",
    "console=\"tty0\" \"console=vga\" console=\"com1,vga\"",
    "root=\"a  console=vga  b\" console=tty",
    "\"unclosed console=tty0",
    "a console=tty1  b=\"unclosed console=tty0 -- ",
    "-- console=vga",
    "console=\"1\",vga ,vga",
    "console=\"vga\",com1 console=vga\"x,com1\"",
    "console=tty0 -- console=hvc0",
    "\xff\x01=console=vga console=\xff,vga",
};

using Predicate = bool (*)(std::string_view);
using Edit = std::string (*)(std::string_view);

void check_edits(Predicate uses, Edit with, Edit without) {
  for (const std::string& line : lines) {
    CAPTURE(line);
    const std::string off = without(line);
    const std::string on = with(line);
    CHECK_FALSE(uses(off));
    CHECK(uses(on));
    CHECK(without(off) == off);
    CHECK(with(on) == on);
    CHECK((uses(line) ? on : off) == line);
    CHECK(uses(with(off)));
    CHECK_FALSE(uses(without(on)));
  }
}

TEST_CASE("an edit brings about what it is for, and a line that has that stays as it is") {
  check_edits(xen_uses_display, xen_with_display, xen_without_display);
  check_edits(dom0_uses_display, dom0_with_display, dom0_without_display);
}

}  // namespace
}  // namespace xenlaunch::test
