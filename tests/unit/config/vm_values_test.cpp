#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/config/vm_file_text.h"

namespace xenlaunch::test {
namespace {

/// A value and what is said about it; nothing for a good one.
struct Row {
  std::string value;
  std::string problem;
};
using Table = std::vector<Row>;

/// The message for a value of the third line's `key`.
std::string message(const std::string& key, const std::string& problem,
                    const std::string& expectation) {
  if (problem.empty()) return "";
  std::string text = "3:" + std::to_string(key.size() + 3) + ": ";
  return text.append(key).append(": ").append(problem).append("; expected ").append(expectation);
}

void check_table(const std::string& key, const std::string& expectation, const Table& table) {
  for (const Row& row : table) {
    CAPTURE(row.value);
    CHECK(problems_of_line(key + ": " + row.value) == message(key, row.problem, expectation));
  }
}

TEST_CASE("names that xl, xenstore or a shell would misread are refused") {
  const std::string expectation =
      "1 to 64 letters, digits, '.', '_' or '-', starting with a letter, digit or '_'";
  const Table table{
      {std::string(64, 'x'), ""},
      {"_a.B-9", ""},
      {"1e3", ""},
      {std::string(65, 'x'), "is 65 bytes long; expected " + expectation},
      {"''", "is empty; expected " + expectation},
      {".a", "'.a' starts with '.'; expected " + expectation},
      {"-a", "'-a' starts with '-'; expected " + expectation},
      {"a/b", "'a/b' has a character that is not allowed; expected " + expectation},
      {"\xc3\xa4", "'\xc3\xa4' has a character that is not allowed; expected " + expectation},
      {"42", "'42' is a number, which xl takes for a domain id; expected a name with a letter"},
      {"[a]", "is a list; expected " + expectation},
      {"{a: b}", "is a mapping; expected " + expectation}};
  for (const Row& row : table) {
    CAPTURE(row.value);
    const std::string text = problems_of("memory: 1GiB\nname: " + row.value + "\n");
    CHECK(text == (row.problem.empty() ? "" : "vm.yaml:2:7: name: " + row.problem));
  }
}

TEST_CASE("memory is a whole number of MiB with a unit, from 32MiB to 16TiB") {
  const std::string size = "; expected a size such as 512MiB or 4GiB";
  const Table table{
      {"32MiB", ""},
      {"32768KiB", ""},
      {"\"16TiB\"", ""},
      {"4096", "'4096' has no unit" + size},
      {"4G", "'4G' is not a size" + size},
      {"4 GiB", "'4 GiB' is not a size" + size},
      {"-4GiB", "'-4GiB' is not a size" + size},
      {"1.5GiB", "'1.5GiB' is not a size" + size},
      {"04GiB", "'04GiB' is not a size" + size},
      {"''", "'' is not a size" + size},
      {"99999999999999999999GiB", "'99999999999999999999GiB' is not a size" + size},
      {"32769KiB", "'32769KiB' is not a whole number of MiB; expected a multiple of 1MiB"},
      {"31MiB", "'31MiB' is out of range; expected from 32MiB to 16TiB"},
      {"0MiB", "'0MiB' is out of range; expected from 32MiB to 16TiB"},
      {"17TiB", "'17TiB' is out of range; expected from 32MiB to 16TiB"}};
  for (const Row& row : table) {
    CAPTURE(row.value);
    const std::string text = problems_of("name: a\nmemory: " + row.value + "\n");
    CHECK(text == (row.problem.empty() ? "" : "vm.yaml:2:9: memory: " + row.problem));
  }
}

TEST_CASE("integers are decimal and plain") {
  check_table("vcpus", "an integer from 1 to 128",
              {{"1", ""},
               {"128", ""},
               {"0", "'0' is out of range"},
               {"129", "'129' is out of range"},
               {"4294967297", "'4294967297' is out of range"},
               {"99999999999999999999999", "'99999999999999999999999' is out of range"},
               {"010", "'010' is not a decimal integer"},
               {"0x10", "'0x10' is not a decimal integer"},
               {"1e3", "'1e3' is not a decimal integer"},
               {"4.0", "'4.0' is not a decimal integer"},
               {"+4", "'+4' is not a decimal integer"},
               {"-1", "'-1' is not a decimal integer"},
               {"1_0", "'1_0' is not a decimal integer"},
               {"1:30", "'1:30' is not a decimal integer"},
               {"true", "'true' is not a decimal integer"},
               {"\"4\"", "'4' is in quotes"},
               {"[4]", "is a list"}});
}

TEST_CASE("booleans are true and false, plain") {
  const std::string prefix = "pci: [{address: \"01:00.0\", permissive: ";
  for (const Row& row : Table{{"true", ""},
                              {"false", ""},
                              {"True", "'True' is not a boolean"},
                              {"yes", "'yes' is not a boolean"},
                              {"on", "'on' is not a boolean"},
                              {"1", "'1' is not a boolean"},
                              {"\"true\"", "'true' is in quotes"},
                              {"~", "has no value"}}) {
    CAPTURE(row.value);
    const std::string text = problems_of_line(prefix + row.value + "}]");
    CHECK(text == (row.problem.empty()
                       ? ""
                       : "3:40: pci[0].permissive: " + row.problem + "; expected true or false"));
  }
}

TEST_CASE("uuids have 8-4-4-4-12 hex digits and are not dom0's") {
  check_table(
      "uuid", "8-4-4-4-12 hex digits",
      {{"12345678-1234-1234-1234-123456789012", ""},
       {"12345678123412341234123456789012", "'12345678123412341234123456789012' is not a uuid"},
       {"g2345678-1234-1234-1234-123456789012",
        "'g2345678-1234-1234-1234-123456789012' is not a uuid"},
       {"12345678-1234-1234-1234-1234567890123",
        "'12345678-1234-1234-1234-1234567890123' is not a uuid"}});
  CHECK(problems_of_line("uuid: 00000000-0000-0000-0000-000000000000") ==
        "3:7: uuid: the uuid of zeros is dom0's; expected another uuid, or none");
}

TEST_CASE("videoram is a power of two up to 256") {
  for (const char* good : {"1", "4", "256"}) {
    CAPTURE(good);
    CHECK(problems_of_line(std::string{"platform: {videoram: "} + good + "}") == "");
  }
  CHECK(problems_of_line("platform: {videoram: 12}") ==
        "3:22: platform.videoram: 12 is not a power of two; expected 1, 2, 4, 8, 16, 32, 64, 128 "
        "or 256 (MiB)");
  CHECK(problems_of_line("platform: {videoram: 512}") ==
        "3:22: platform.videoram: '512' is out of range; expected an integer from 1 to 256");
  CHECK(problems_of_line("platform: std") ==
        "3:11: platform: 'std' is a single value; expected a mapping with vga, "
        "videoram, hvm_pirq, viridian, tsc_mode, hpet, nested_virt, mmio_hole");
}

TEST_CASE("the words of every enumeration are read") {
  CHECK((parse_line("platform: {vga: none}").platform_vga == Vga::none));
  CHECK((parse_line("platform: {vga: cirrus}").platform_vga == Vga::cirrus));
  CHECK((parse_line("video_card: Standard_VGA").video_card == VideoCard::standard_vga));
  CHECK((parse_line("video_card: Cirrus").video_card == VideoCard::cirrus));
  CHECK((parse_line("video_card: None").video_card == VideoCard::none));
  CHECK((parse_line("device_model: {profile: upstream}").device_model == DeviceModelConfig{}));
}

TEST_CASE("bare PCI addresses are read, the same function twice is a problem in any spelling") {
  const std::vector<PciDeviceConfig> expected{{.address = {.bus = 0x65}},
                                              {.address = {.bus = 0x10, .device = 0x10}}};
  CHECK((parse_line("pci: [65:00.0, 0000:10:10.0]").pci == expected));
  CHECK(problems_of_line("pci:\n- 0000:0A:00.0\n- 0a:00.0") ==
        "5:3: pci[1]: 0000:0a:00.0 is given twice, first at line 4; expected each function once");
  CHECK(problems_of_line("pci: [65:00:00, 00:20.0, 00:00.8, 00:02.0-1, 1.5, {}]") ==
        "3:7: pci[0]: '65:00:00' is not a PCI address; expected SSSS:BB:DD.F\n"
        "vm.yaml:3:17: pci[1]: '00:20.0' is not a PCI address; expected SSSS:BB:DD.F\n"
        "vm.yaml:3:26: pci[2]: '00:00.8' is not a PCI address; expected SSSS:BB:DD.F\n"
        "vm.yaml:3:35: pci[3]: '00:02.0-1' is not a PCI address; expected SSSS:BB:DD.F\n"
        "vm.yaml:3:46: pci[4]: '1.5' is not a PCI address; expected SSSS:BB:DD.F\n"
        "vm.yaml:3:51: pci[5]: names no device; expected address or select");
  CHECK(problems_of_line("pci: 65:00.0") ==
        "3:6: pci: '65:00.0' is a single value; expected a list of PCI functions");
}

TEST_CASE(
    "a device is chosen by what stands under select, which goes with neither address nor expect") {
  const PciSelect all{.id = PciId{0x10de, 0x2684}, .gpu = true, .numa = 3};
  const std::vector<PciDeviceConfig> expected{{.all_functions = true, .select = all},
                                              {.select = PciSelect{.gpu = true}},
                                              {.select = PciSelect{.gpu = true}}};
  CHECK((parse_line("pci: [{select: {id: '10DE:2684', class: gpu, numa: 3}, functions: all}, "
                    "{select: {class: gpu}}, {select: {class: gpu}}]")
             .pci == expected));
  CHECK(
      problems_of_line("pci: [{select: {}}, {slot: '07'}, {select: {class: gpu}, address: "
                       "'00:02.0', expect: '10de:2684'}, {select: {numa: 64, class: vga}}]") ==
      "3:16: pci[0].select: says nothing of the device; expected id, class or numa\n"
      "vm.yaml:3:21: pci[1]: names no device; expected address or select\n"
      "vm.yaml:3:67: pci[2].address: goes not with select; expected one of the two\n"
      "vm.yaml:3:86: pci[2].expect: goes not with select; expected select.id\n"
      "vm.yaml:3:116: pci[3].select.numa: '64' is out of range; expected an integer from 0 to 63\n"
      "vm.yaml:3:127: pci[3].select.class: unknown value 'vga'; expected gpu");
}

TEST_CASE("serial ports are named with their paths") {
  using Kind = SerialConfig::Kind;
  CHECK((parse_line("serial: none").serial == SerialConfig{.kind = Kind::none, .path = ""}));
  CHECK((parse_line("serial: pty").serial == SerialConfig{.kind = Kind::pty, .path = ""}));
  CHECK(
      (parse_line("serial: file:/a:b").serial == SerialConfig{.kind = Kind::file, .path = "/a:b"}));
  const std::string longest = "/" + std::string(106, 'x');
  CHECK(problems_of_line("serial: unix:" + longest) == "");
  CHECK(problems_of_line("serial: unix:" + longest + "x") ==
        "3:9: serial: the socket's path is 108 bytes long; expected at most 107 bytes");
  check_table("serial", "none, pty, file:PATH or unix:PATH",
              {{"file:a", "'a' is not an absolute path"},
               {"'unix:'", "'' is not an absolute path"},
               {"file", "unknown value 'file'"},
               {"pty:/dev/pts/1", "unknown value 'pty:/dev/pts/1'"},
               {"PTY", "unknown value 'PTY'"}});
}

TEST_CASE("vnc listens on an IP address") {
  for (const char* good : {"0.0.0.0", "\"::\"", "\"fe80::1\"", "::ffff:127.0.0.1"}) {
    CAPTURE(good);
    CHECK(problems_of_line(std::string{"vnc:\n  listen: "} + good) == "");
  }
  for (const std::string bad :
       {"localhost", "127.1", "127.0.0.1:1", "fe80::1%eth0", "127.0.0.01"}) {
    CAPTURE(bad);
    CHECK(problems_of_line("vnc:\n  listen: " + bad) ==
          "4:11: vnc.listen: '" + bad + "' is not an IP address; expected an IPv4 or IPv6 address");
  }
}

TEST_CASE("initrd and cmdline need a kernel, an empty cmdline is one") {
  CHECK(problems_of_line("initrd: /i\ncmdline: quiet") ==
        "3:9: initrd: is of no use without kernel; expected kernel beside it\n"
        "vm.yaml:4:10: cmdline: is of no use without kernel; expected kernel beside it");
  const DirectBoot expected{.kernel = "/k", .initrd = std::nullopt, .cmdline = ""};
  CHECK((parse_line("kernel: /k\ncmdline: ''").direct_boot == expected));
}

TEST_CASE("boot names at least one device") {
  CHECK(problems_of_line("boot: []") ==
        "3:7: boot: is empty; expected a list of disk, cdrom and network");
  CHECK(problems_of_line("boot: disk") ==
        "3:7: boot: 'disk' is a single value; expected a list of disk, cdrom and network");
}

}  // namespace
}  // namespace xenlaunch::test
