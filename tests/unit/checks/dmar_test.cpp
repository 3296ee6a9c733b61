#include "launcher/checks/dmar.h"

#include <initializer_list>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::FirmwareRegion> {
  static String convert(const xenlaunch::FirmwareRegion& region) {
    return text_of(std::to_string(region.start) + " to " + std::to_string(region.end)) +
           toString(region.devices);
  }
};

template <>
struct StringMaker<xenlaunch::DmarTable> {
  static String convert(const xenlaunch::DmarTable& table) {
    return text_of(std::to_string(table.remapping_units) + " units, " +
                   std::to_string(table.reserved.size()) + " regions");
  }
};

}  // namespace doctest

namespace xenlaunch::test {
namespace {

std::string bytes(std::initializer_list<unsigned> values) {
  std::string text;
  for (const unsigned value : values) text += static_cast<char>(value);
  return text;
}

std::string little_endian(std::uint64_t value, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(value >> 8 * i & 0xff);
  return text;
}

/// A whole table with its right length and checksum: revision 1, host address width 39, `flags`.
std::string table(const std::string& signature, unsigned flags, const std::string& structures) {
  std::string text = signature + little_endian(48 + structures.size(), 4) + bytes({1, 0}) +
                     std::string(26, ' ') + bytes({38, flags}) + std::string(10, '\0') + structures;
  unsigned sum = 0;
  for (const char byte : text) sum += static_cast<unsigned char>(byte);
  text[9] = static_cast<char>(256 - sum % 256);
  return text;
}

std::string structure(unsigned type, const std::string& body) {
  return little_endian(type, 2) + little_endian(4 + body.size(), 2) + body;
}

std::string unit() {
  return structure(0, bytes({0, 0}) + little_endian(0, 2) + little_endian(0xfed90000, 8));
}

std::string reserved(std::uint64_t base, std::uint64_t limit, const std::string& scopes,
                     unsigned segment = 0) {
  return structure(1, little_endian(0, 2) + little_endian(segment, 2) + little_endian(base, 8) +
                          little_endian(limit, 8) + scopes);
}

const std::string igd_scope = bytes({1, 8, 0, 0, 0, 0, 2, 0});
const std::string usb_scope = bytes({1, 8, 0, 0, 0, 0, 0x14, 0});
const std::string behind_bridges = bytes({1, 12, 0, 0, 0, 0, 0x1c, 4, 0, 0, 5, 1});

std::optional<std::uint8_t> no_bridge(const PciAddress&) {
  return std::nullopt;
}

TEST_CASE("units, interrupt remapping and reserved memory are read from a table") {
  const std::string text =
      table("DMAR", 5,
            unit() + unit() + reserved(0x7b800000, 0x7fffffff, igd_scope) +
                reserved(0x7a000000, 0x7a0fffff, usb_scope + behind_bridges, 2) + structure(2, "") +
                structure(0xffff, "abc"));
  const DmarTable expected{
      .checksum_is_right = true,
      .interrupt_remapping = true,
      .remapping_units = 2,
      .reserved = {{.base = 0x7b800000, .limit = 0x7fffffff, .scopes = {{false, 0, {{2, 0}}}}},
                   {.segment = 2,
                    .base = 0x7a000000,
                    .limit = 0x7a0fffff,
                    .scopes = {{false, 0, {{0x14, 0}}}, {false, 0, {{0x1c, 4}, {0, 0}, {5, 1}}}}}}};
  CHECK(parse_dmar(text) == expected);
  CHECK(parse_dmar(text + "behind it") == expected);
}

TEST_CASE("the table that Xen hides from dom0 is read under its other name") {
  CHECK(parse_dmar(table("RMAD", 0, unit())) ==
        DmarTable{.checksum_is_right = true, .remapping_units = 1});
}

TEST_CASE("a wrong checksum is told, and the table read all the same") {
  std::string text = table("DMAR", 1, unit());
  ++text[9];
  CHECK(parse_dmar(text) == DmarTable{.interrupt_remapping = true, .remapping_units = 1});
}

TEST_CASE("scopes become addresses, through bridges where they lead through some") {
  const DmarTable parsed = parse_dmar(
      table("DMAR", 0,
            reserved(0x1000, 0x1fff, usb_scope + igd_scope + usb_scope) +
                reserved(0x2000, 0x2fff, behind_bridges + bytes({2, 8, 0, 0, 0, 0, 1, 0}), 1) +
                reserved(0x3000, 0x3fff, bytes({3, 8, 0, 0, 0, 0xf0, 0x1f, 0}))));
  const auto secondary_bus = [](const PciAddress& bridge) -> std::optional<std::uint8_t> {
    if (bridge == PciAddress{1, 0, 0x1c, 4}) return 5;
    if (bridge == PciAddress{1, 5, 0, 0}) return 6;
    return std::nullopt;
  };
  using Regions = std::vector<FirmwareRegion>;
  const auto all_there = [](const PciAddress& /*device*/) { return true; };
  CHECK(reserved_regions(parsed, secondary_bus, all_there) ==
        Regions{{0x1000, 0x1fff, {{0, 0, 2, 0}, {0, 0, 0x14, 0}}, 3},
                {0x2000, 0x2fff, {{1, 0, 1, 0}, {1, 6, 5, 1}}, 2},
                {0x3000, 0x3fff, {}, 0}});
  CHECK(reserved_regions(parsed, no_bridge, all_there)[1] ==
        FirmwareRegion{0x2000, 0x2fff, {{1, 0, 1, 0}}, 2});
  // Xen counts what is not there, too.
  const auto no_usb = [](const PciAddress& device) { return device.device != 0x14; };
  CHECK(reserved_regions(parsed, secondary_bus, no_usb)[0] ==
        FirmwareRegion{0x1000, 0x1fff, {{0, 0, 2, 0}}, 3});
}

TEST_CASE("a table with a broken header is refused, and a broken structure told of") {
  const std::string cannot = "cannot read the ACPI table DMAR: ";
  const std::string bad_scope = "the device scope at byte 72 has the length ";
  struct {
    std::string text;
    std::string reason;
  } const cases[] = {
      {"", "its signature is ''"},
      {"SS\x1b[", "its signature is 'SS\\x1b['"},
      {"DMAR", "it ends at 4"},
      {"DMAR" + little_endian(48, 4), "its length is 48, of at least 48 and at most 8"},
      {"DMAR" + little_endian(47, 4) + std::string(90, ' '),
       "its length is 47, of at least 48 and at most 98"},
      {table("DMAR", 0, "abc"), "it ends at 51"},
      {table("DMAR", 0, little_endian(7, 2) + little_endian(0, 2)),
       "the structure at byte 48 (type 7) has the length 0, with 4 left"},
      {table("DMAR", 0, little_endian(7, 2) + little_endian(5, 2)),
       "the structure at byte 48 (type 7) has the length 5, with 4 left"},
      {table("DMAR", 0, structure(0, "short")),
       "the structure at byte 48 (type 0) has the length 9, with 9 left"},
      {table("DMAR", 0, structure(1, std::string(19, ' '))),
       "the structure at byte 48 (type 1) has the length 23, with 23 left"},
      {table("DMAR", 0, reserved(0x2000, 0x1fff, "")),
       "the reserved memory at byte 48 runs from 0x2000 to 0x1fff"},
      {table("DMAR", 0, reserved(0, 1, bytes({1, 8, 0}))), bad_scope + "0, with 3 left"},
      {table("DMAR", 0, reserved(0, 1, bytes({1, 0, 0, 0, 0, 0, 2, 0}))),
       bad_scope + "0, with 8 left"},
      {table("DMAR", 0, reserved(0, 1, bytes({1, 6, 0, 0, 0, 0}))), bad_scope + "6, with 6 left"},
      {table("DMAR", 0, reserved(0, 1, bytes({1, 9, 0, 0, 0, 0, 2, 0, 0}))),
       bad_scope + "9, with 9 left"},
      {table("DMAR", 0, reserved(0, 1, bytes({1, 10, 0, 0, 0, 0, 2, 0}))),
       bad_scope + "10, with 8 left"},
      {table("DMAR", 0, reserved(0, 1, bytes({1, 8, 0, 0, 0, 0, 32, 0}))),
       "byte 78 names the device 20.0"},
      {table("DMAR", 0, reserved(0, 1, bytes({1, 8, 0, 0, 0, 0, 2, 8}))),
       "byte 78 names the device 02.8"},
  };
  for (const auto& [text, reason] : cases) {
    CAPTURE(reason);
    std::vector<std::string> problems;
    const std::string error =
        error_of([&, &bytes = text] { problems = parse_dmar(bytes).problems; });
    if (error.empty())
      CHECK(problems == std::vector<std::string>{cannot + reason});
    else
      CHECK(error == "4: " + cannot + reason);
  }
}

TEST_CASE("a broken structure loses only itself, unless where it ends is not known") {
  const std::string good = reserved(0x1000, 0x1fff, igd_scope);
  const std::string backwards = reserved(0x2000, 0x1fff, "");
  const ReservedMemory memory = parse_dmar(table("DMAR", 0, good)).reserved.at(0);
  const DmarTable one_lost = parse_dmar(table("DMAR", 0, good + backwards + unit() + good));
  CHECK(one_lost.reserved == std::vector<ReservedMemory>{memory, memory});
  CHECK(one_lost.remapping_units == 1);
  CHECK(one_lost.problems.size() == 1);
  const DmarTable rest_lost =
      parse_dmar(table("DMAR", 0, good + little_endian(7, 2) + little_endian(0, 2) + good));
  CHECK(rest_lost.reserved == std::vector<ReservedMemory>{memory});
  CHECK(rest_lost.problems.size() == 1);
}

TEST_CASE(
    "a table that is cut anywhere is refused, and one with any length in it is read in bounds") {
  const std::string whole = table("DMAR", 1, unit() + reserved(0x1000, 0x1fff, behind_bridges));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(error_of([&] { parse_dmar(std::string_view{whole}.substr(0, size)); }) != "");
  }
  for (std::size_t at = 4; at < whole.size(); ++at)
    for (unsigned value = 0; value < 256; ++value) {
      std::string text = whole;
      text[at] = static_cast<char>(value);
      const std::string error = error_of([&text] { parse_dmar(text); });
      if (!error.empty()) CHECK(error.starts_with("4: cannot read the ACPI table DMAR: "));
    }
}

TEST_CASE("of AMD's table the header has to be right") {
  std::string text = table("IVRS", 0, std::string(24, 'x'));
  CHECK(error_of([&] { check_ivrs(text); }) == "");
  ++text.back();
  CHECK(error_of([&] { check_ivrs(text); }) ==
        "4: cannot read the ACPI table IVRS: its checksum is wrong");
  text.pop_back();
  CHECK(error_of([&] { check_ivrs(text); }) ==
        "4: cannot read the ACPI table IVRS: its length is 72, of at least 48 and at most 71");
  CHECK(error_of([] { check_ivrs("IVRS"); }) == "4: cannot read the ACPI table IVRS: it ends at 4");
  CHECK(error_of([] { check_ivrs("DMAR"); }) ==
        "4: cannot read the ACPI table IVRS: its signature is 'DMAR'");
}

}  // namespace
}  // namespace xenlaunch::test
