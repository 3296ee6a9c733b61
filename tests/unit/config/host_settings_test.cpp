#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "launcher/config/host_settings_reader.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryTree;

/// What `read` says; empty where it accepts what it reads.
template <typename Read>
std::string problems_in(Read read) {
  try {
    read();
    return "";
  } catch (const Error& error) {
    return error.code == ExitCode::host ? error.what() : "wrong exit code";
  }
}

std::string problems_of(const std::string& text) {
  return problems_in([&text] { parse_host_settings(text, "host.yaml"); });
}

std::string problems_reading(const fs::path& file) {
  return problems_in([&file] { read_host_settings(file); });
}

const std::string all_keys = R"(integrated_vendors: ["8086", 1002]
system_display_vendors: [10DE, '1e10']
return_without_reset: driver
trusted_folders: [/srv/vms]
first_qemu_user: 1000000
paths:
  qemu: /q/qemu
  qemu_traditional: /q/qemu-dm
  hvmloader: /q/hvmloader
  seabios: "/q/bios, new.bin"
  xen_cmdline: /q/xen-cmdline
)";

HostSettings all_keys_settings() {
  return {.integrated_vendors = {0x8086, 0x1002},
          .system_display_vendors = {0x10de, 0x1e10},
          .qemu = "/q/qemu",
          .qemu_traditional = "/q/qemu-dm",
          .hvmloader = "/q/hvmloader",
          .seabios = "/q/bios, new.bin",
          .xen_cmdline = "/q/xen-cmdline",
          .trusted_folders = {"/srv/vms"},
          .return_without_reset = WithoutReset::driver,
          .first_qemu_user = 1000000};
}

TEST_CASE("host settings with every key are read whole") {
  REQUIRE(problems_of(all_keys) == "");
  CHECK((parse_host_settings(all_keys, "host.yaml") == all_keys_settings()));
}

TEST_CASE("each key of the host settings may be left out") {
  HostSettings expected;
  expected.seabios = "/bios";
  CHECK((parse_host_settings("paths: {seabios: /bios}", "host.yaml") == expected));
  expected = {};
  expected.integrated_vendors = {0x1002};
  CHECK((parse_host_settings("integrated_vendors: ['1002']", "host.yaml") == expected));
}

TEST_CASE("empty lists of vendors name none") {
  HostSettings expected;
  expected.integrated_vendors = {};
  expected.system_display_vendors = {};
  CHECK((parse_host_settings("integrated_vendors: []\nsystem_display_vendors: []\n", "host.yaml") ==
         expected));
}

TEST_CASE("empty host settings give the defaults") {
  for (const std::string text : {"", "\xef\xbb\xbf", "# nothing\n\n", "---\n", "--- # nothing\n...",
                                 "{}", "~", "paths: {}\n"}) {
    CAPTURE(text);
    CHECK(problems_of(text) == "");
    CHECK((parse_host_settings(text, "host.yaml") == HostSettings{}));
  }
}

TEST_CASE("all problems of the host settings are reported at once, in the order of the file") {
  const std::string text = R"(integrated_vendor: ["8086"]
integrated_vendors: [0x8086, 808, "80866", 8O86, "+808", 0000, FFFF, 8086, "8086", 10de, 10DE, ~, []]
system_display_vendors: 8086
path: /q
paths:
  qemu: qemu
  qemu-traditional: /q
  hvmloader:
  seabios: {file: /q}
  xen_cmdline: ["/q"]
  qemu: "/a\nb"
system_display_vendors: []
)";
  const std::string vendor =
      "is not a vendor id; expected four hexadecimal digits such as \"8086\"";
  CHECK(problems_of(text) ==
        "host.yaml:1:1: integrated_vendor: is not a known key, did you mean "
        "'integrated_vendors'?; expected integrated_vendors, system_display_vendors, "
        "return_without_reset, trusted_folders, first_qemu_user or paths\n"
        "host.yaml:2:22: integrated_vendors[0]: '0x8086' " +
            vendor +
            "\n"
            "host.yaml:2:30: integrated_vendors[1]: '808' " +
            vendor +
            "\n"
            "host.yaml:2:35: integrated_vendors[2]: '80866' " +
            vendor +
            "\n"
            "host.yaml:2:44: integrated_vendors[3]: '8O86' " +
            vendor +
            "\n"
            "host.yaml:2:50: integrated_vendors[4]: '+808' " +
            vendor + R"(
host.yaml:2:58: integrated_vendors[5]: '0000' is no vendor's; expected the id of a vendor
host.yaml:2:64: integrated_vendors[6]: 'FFFF' is no vendor's; expected the id of a vendor
host.yaml:2:76: integrated_vendors[8]: 8086 is given twice, first at line 2; expected each vendor once
host.yaml:2:90: integrated_vendors[10]: 10de is given twice, first at line 2; expected each vendor once
host.yaml:2:96: integrated_vendors[11]: has no value; expected four hexadecimal digits such as "8086"
host.yaml:2:99: integrated_vendors[12]: is a list; expected four hexadecimal digits such as "8086"
host.yaml:3:25: system_display_vendors: '8086' is a single value; expected a list of PCI vendor ids
host.yaml:4:1: path: is not a known key, did you mean 'paths'?; expected integrated_vendors, system_display_vendors, return_without_reset, trusted_folders, first_qemu_user or paths
host.yaml:6:9: paths.qemu: 'qemu' is not an absolute path; expected an absolute path
host.yaml:7:3: paths.qemu-traditional: is not a known key, did you mean 'qemu_traditional'?; expected qemu, qemu_traditional, hvmloader, seabios, ovmf or xen_cmdline
host.yaml:8:3: paths.hvmloader: has no value; expected an absolute path
host.yaml:9:12: paths.seabios: is a mapping; expected an absolute path
host.yaml:10:16: paths.xen_cmdline: is a list; expected an absolute path
host.yaml:11:3: paths.qemu: is given twice, first at line 6; expected each key once
host.yaml:12:1: system_display_vendors: is given twice, first at line 3; expected each key once)");
}

TEST_CASE("host settings that are no mapping are refused") {
  const std::string expectation =
      "; expected a mapping with integrated_vendors, system_display_vendors, return_without_reset, "
      "trusted_folders, first_qemu_user, "
      "paths";
  CHECK(problems_of("- paths\n") == "host.yaml:1:1: is a list" + expectation);
  CHECK(problems_of("8086\n") == "host.yaml:1:1: '8086' is a single value" + expectation);
  CHECK(problems_of("paths:\n") ==
        "host.yaml:1:1: paths: has no value; expected a mapping with qemu, qemu_traditional, "
        "hvmloader, seabios, ovmf, xen_cmdline");
}

TEST_CASE("host settings are held to the YAML that VM files may have") {
  CHECK(
      problems_of("paths: &p {}\nintegrated_vendors: !!seq []\n---\n") ==
      "host.yaml:1:8: paths: anchor 'p' is not supported; expected values without anchors\n"
      "host.yaml:2:21: integrated_vendors: tag 'tag:yaml.org,2002:seq' is not supported; expected "
      "a value without a tag\n"
      "host.yaml:3:1: a second document starts here; expected one document");
  CHECK(problems_of("---\n---\n") ==
        "host.yaml:2:1: a second document starts here; expected one document");
  CHECK(problems_of("paths:\n\tqemu: /q\n") ==
        "host.yaml:2:1: a tab indents the line; expected spaces");
  CHECK(problems_of(std::string(100, '[')) ==
        "host.yaml:1:9: nests deeper than 16 levels; expected host settings, which need 2");
}

TEST_CASE("host settings are read from disk, and are the defaults where there is no file") {
  const TemporaryTree tree;
  tree.write("host.yaml", all_keys);
  CHECK((read_host_settings(tree.root() / "host.yaml") == all_keys_settings()));
  CHECK((read_host_settings(tree.root() / "none.yaml") == HostSettings{}));
  CHECK((read_host_settings(tree.root() / "none" / "host.yaml") == HostSettings{}));
}

TEST_CASE("host settings that cannot be read are not taken for missing") {
  const TemporaryTree tree;
  tree.write("host.yaml", all_keys);
  tree.link("loop", "loop");
  REQUIRE(::mkfifo((tree.root() / "fifo").c_str(), 0600) == 0);
  const auto check = [](const fs::path& file, const std::string& reason) {
    CHECK(problems_reading(file) == "cannot read host settings " + file.string() + ": " + reason);
  };
  check(tree.root(), "Is a directory");
  check(tree.root() / "fifo", "it is not a regular file");
  check(tree.root() / "loop", "Too many levels of symbolic links");
  check(tree.root() / "host.yaml" / "x", "Not a directory");
  fs::resize_file(tree.root() / "host.yaml", 10'000'000);
  check(tree.root() / "host.yaml", "it is 10000000 bytes large; expected at most 1 MiB");
}

TEST_CASE("host settings without read permission are refused") {
  if (::geteuid() == 0) return;  // root reads them all the same
  const TemporaryTree tree;
  tree.write("host.yaml", all_keys);
  const fs::path file = tree.root() / "host.yaml";
  fs::permissions(file, fs::perms::none);
  CHECK(problems_reading(file) ==
        "cannot read host settings " + file.string() + ": Permission denied");
}

}  // namespace
}  // namespace xenlaunch::test
