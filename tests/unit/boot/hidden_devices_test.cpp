#include "launcher/boot/hidden_devices.h"

#include <doctest/doctest.h>

#include "tests/unit/boot/print.h"

namespace xenlaunch::test {
namespace {

using Group = HiddenDevices::Group;
using Groups = std::vector<std::string>;

const PciAddress gpu{0, 0, 2, 0};
const PciAddress other{0, 0x65, 0x1f, 7};
constexpr std::nullopt_t any = std::nullopt;

HiddenDevices hidden_by(const std::string& value) {
  return hidden_devices("ro \"xen-pciback.hide=" + value + "\" quiet");
}

TEST_CASE("every form of a group is read as pciback reads it") {
  const std::vector<std::pair<std::string, Group>> cases = {
      {"(0000:00:02.0)", {"(0000:00:02.0)", 0, 0, 2, 0}},
      {"(00:02.0)", {"(00:02.0)", 0, 0, 2, 0}},
      {"(ffff:ff:1f.7)", {"(ffff:ff:1f.7)", 0xffff, 0xff, 31, 7}},
      {"(ABCD:EF:1A.2)", {"(ABCD:EF:1A.2)", 0xabcd, 0xef, 0x1a, 2}},
      {"(0:0:2.0)", {"(0:0:2.0)", 0, 0, 2, 0}},
      {"(0x0:0X65:000000000000002.0)", {"(0x0:0X65:000000000000002.0)", 0, 0x65, 2, 0}},
      {"( 0: 0:\t2. 0)", {"( 0: 0:\t2. 0)", 0, 0, 2, 0}},
      {"(0001:65:02.*)", {"(0001:65:02.*)", 1, 0x65, 2, any}},
      {"(65:02.*)", {"(65:02.*)", 0, 0x65, 2, any}},
      {"(0001:65:*.*)", {"(0001:65:*.*)", 1, 0x65, any, any}},
      {"(65:*.*)", {"(65:*.*)", 0, 0x65, any, any}},
      // The kernel stores the low 32 bits of a number.
      {"(100000000:00:02.0)", {"(100000000:00:02.0)", 0, 0, 2, 0}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(hidden_by(one.first) == HiddenDevices{{one.second}, {}});
    CHECK(hidden_by("  " + one.first + " \t" + one.first + " ") ==
          HiddenDevices{{one.second, one.second}, {}});
  }
}

TEST_CASE("pciback hides nothing where it does not understand a single character") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"(00:02.0)junk", "junk"},
      {"(00:02.0),(00:03.0)", ",(00:03.0)"},
      {"(00:02.0) 00:03.0", "00:03.0"},
      {"(00:02.0)(00:03.0", "(00:03.0"},
      {"(00:02.0)(", "("},
      {"(00:02.0)()", "()"},
      {"(00:02.0)(00:02)", "(00:02)"},
      {"(00:02.0)(*:*.*)", "(*:*.*)"},
      {"(00:02.0)(00:*.0)", "(00:*.0)"},
      {"(00:02.0)(0000:00:*.1)", "(0000:00:*.1)"},
      {"(00:02.0)(00:02.0 )", "(00:02.0 )"},
      {"(00:02.0)(00 :02.0)", "(00 :02.0)"},
      {"(00:02.0)(-1:02.0)", "(-1:02.0)"},
      {"(00:02.0)(0g:02.0)", "(0g:02.0)"},
      {"(00:02.0)((00:03.0))", "((00:03.0))"},
      // Out of range: pcistub_device_id_add refuses, and with it the whole module.
      {"(00:02.0)(10000:00:02.0)(00:03.0)", "(10000:00:02.0)(00:03.0)"},
      {"(00:02.0)(100:02.0)", "(100:02.0)"},
      {"(00:02.0)(00:20.0)", "(00:20.0)"},
      {"(00:02.0)(00:20.*)", "(00:20.*)"},
      {"(00:02.0)(00:02.8)", "(00:02.8)"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    const HiddenDevices hidden = hidden_by(one.first);
    CHECK(hidden == HiddenDevices{{{"(00:02.0)", 0, 0, 2, 0}}, one.second});
    CHECK_FALSE(hidden.hides(gpu));
  }
  CHECK(hidden_by(" ") == HiddenDevices{{}, " "});
}

TEST_CASE("the last of several words counts, by whichever of its names") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"quiet hide=(00:02.0) xen-pciback.hide", ""},
      {"xen-pciback.hide=(00:02.0)", "(00:02.0)"},
      {"xen-pciback.hide=(00:02.0) xen_pciback.hide=(00:03.0) quiet", "(00:03.0)"},
      {"xen-pciback.hide=(00:02.0) xen-pciback.hide=", ""},
      {"xen-pciback.hide=\"(00:02.0) (00:03.0)\" ro", "(00:02.0) (00:03.0)"},
      {"xen-pciback.hide=(00:02.0) -- xen-pciback.hide=(00:03.0)", "(00:02.0)"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(hide_value(one.first) == one.second);
  }
  CHECK(hidden_devices("ro quiet") == HiddenDevices{});
  CHECK(hidden_devices("xen-pciback.hide=") == HiddenDevices{});
}

TEST_CASE("a wildcard hides all that it stands for, and no more") {
  const HiddenDevices hidden = hidden_by("(00:02.*)(0001:65:*.*)");
  CHECK(hidden.hides(gpu));
  CHECK(hidden.hides({0, 0, 2, 7}));
  CHECK(hidden.hides({1, 0x65, 31, 7}));
  CHECK_FALSE(hidden.hides({1, 0, 2, 0}));
  CHECK_FALSE(hidden.hides({0, 0, 3, 0}));
  CHECK_FALSE(hidden.hides({0, 0x65, 0, 0}));
  CHECK_FALSE(hidden.hides({1, 0x66, 0, 0}));
}

TEST_CASE("a device is added unless something covers it already") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "(0000:00:02.0)"},
      {"(01:00.0)", "(01:00.0)(0000:00:02.0)"},
      {"(00:02.1)(0001:00:02.0)", "(00:02.1)(0001:00:02.0)(0000:00:02.0)"},
      {" (01:00.0) ", " (01:00.0) (0000:00:02.0)"},
      {"junk ((", "junk (((0000:00:02.0)"},
      {"(0000:00:02.0)", "(0000:00:02.0)"},
      {"(0:0:2.0)", "(0:0:2.0)"},
      {"(00:02.*)", "(00:02.*)"},
      {"(00:*.*)", "(00:*.*)"},
      {"junk(00:02.0", "junk(00:02.0(0000:00:02.0)"},
      {"junk(00:02.0)junk", "junk(00:02.0)junk"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(with_hidden(one.first, gpu) == one.second);
    CHECK(with_hidden(one.second, gpu) == one.second);
  }
  CHECK(with_hidden("", other) == "(0000:65:1f.7)");
}

struct Removal {
  std::string value, without;
  Groups groups;
};

TEST_CASE("a device's own groups are taken out however they are written, and nothing else is") {
  const std::vector<Removal> cases = {
      {"", "", {}},
      {" ", " ", {}},
      {"(0000:00:02.0)", "", {"(0000:00:02.0)"}},
      {" (00:02.0) ", "", {"(00:02.0)"}},
      {"(01:00.0)(0:0:2.0)(01:00.1)", "(01:00.0)(01:00.1)", {"(0:0:2.0)"}},
      {"(00:02.0)(0x0:00:02.0)( 0:2.0)", "", {"(00:02.0)", "(0x0:00:02.0)", "( 0:2.0)"}},
      {"(00:02.0) (01:00.0)", "(01:00.0)", {"(00:02.0)"}},
      {"(01:00.0)  (00:02.0) (ABCD:EF:1A.2)", "(01:00.0)  (ABCD:EF:1A.2)", {"(00:02.0)"}},
      {"(00:02.*)(0000:00:*.*)(00:*.*)", "(00:02.*)(0000:00:*.*)(00:*.*)", {}},
      {"(00:02.1)(0001:00:02.0)(00:03.0)", "(00:02.1)(0001:00:02.0)(00:03.0)", {}},
      {"junk, ((00:02.0))(00:02.0", "junk, ()(00:02.0", {"(00:02.0)"}},
      {"\xff(00:02.0)\x01", "\xff\x01", {"(00:02.0)"}},
  };
  for (const Removal& removal : cases) {
    CAPTURE(removal.value);
    CHECK(without_hidden(removal.value, gpu) == removal.without);
    CHECK(groups_of(removal.value, gpu) == removal.groups);
  }
}

TEST_CASE("what is added can be taken out again, and the rest is what it was") {
  for (const std::string value :
       {"", "(01:00.0)", "(65:1f.6) (01:*.*)", "junk((", "(AB:1f.7)x", "(00:1.0"}) {
    CAPTURE(value);
    const std::string with = with_hidden(value, other);
    CHECK(with != value);
    CHECK(without_hidden(with, other) == value);
    CHECK(with_hidden(without_hidden(with, other), other) == with);
    CHECK(without_hidden(value, other) == value);
  }
}

TEST_CASE("a long value is read in passing") {
  const std::string brackets(1 << 16, '(');
  CHECK(without_hidden(brackets, gpu) == brackets);
  CHECK(groups_of(brackets + "(00:02.0)", gpu) == Groups{"(00:02.0)"});
  std::string groups;
  for (int count = 0; count < 10'000; ++count) groups += "(00:02.0)";
  CHECK(without_hidden(groups, gpu).empty());
  CHECK(hidden_by("(" + std::string(1 << 16, '0') + ":02.0)").hides(gpu));
}

}  // namespace
}  // namespace xenlaunch::test
