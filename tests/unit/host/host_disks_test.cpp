#include "launcher/host/host_disks.h"

#include "base/error.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

/// A QEMU that gives this answer; none where it is empty.
struct Qemu final : Programs {
  std::string answer;
  std::vector<std::string> asked;
  ProgramResult run(const std::vector<std::string>& argv, std::chrono::seconds,
                    const std::string&) override {
    for (const std::string& word : argv) asked.push_back(word);
    if (answer.empty()) throw Error{ExitCode::host, "cannot run it"};
    return {.output = answer};
  }
};

TEST_CASE("QEMU takes AHCI disks away from 8.2 on, as far as is known") {
  for (const char* answer :
       {"QEMU emulator version 8.2.0", "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)\nCopy"})
    CHECK(unplugs_ahci(answer));
  for (const char* answer : {"QEMU emulator version 7.2.19 (Debian 1:7.2+dfsg-7+deb12u18+b3)",
                             "QEMU emulator version 8.1.50", "", "QEMU", "version 9.0",
                             "QEMU emulator version 99999999999.1"})
    CHECK_FALSE(unplugs_ahci(answer));
}

TEST_CASE("QEMU is asked only where it decides: with a disk on AHCI") {
  Qemu qemu;
  qemu.answer = "QEMU emulator version 10.0.2";
  const auto ask = [&qemu](const DiskConfig& disk, const char* root = "/") {
    return read_host_disks({disk}, root, "/qemu", qemu).unplugs_ahci;
  };
  CHECK_FALSE(ask({.image = "/none", .target = "hda"}));
  CHECK_FALSE(ask({.type = DiskType::cdrom, .target = "sda"}));
  CHECK_FALSE(ask({.image = "/none", .target = "sda"}, "/copy"));
  CHECK(qemu.asked.empty());
  CHECK(ask({.image = "/none", .target = "sda"}));
  CHECK(qemu.asked == std::vector<std::string>{"/qemu", "-version"});
  qemu.answer = "";
  CHECK_FALSE(ask({.image = "/none", .target = "sda"}));
}

TEST_CASE("a file, a folder, a character device and nothing at all are no block devices") {
  const testing::TemporaryTree tree;
  tree.write("file", "x");
  Qemu qemu;
  CHECK((read_host_disks({{.image = tree.path("file"), .target = "hda"},
                          {.image = tree.root(), .target = "hdb"},
                          {.image = "/dev/null", .target = "hdc"},
                          {.image = tree.path("none"), .target = "xvdd"},
                          {.type = DiskType::cdrom, .target = "sda"}},
                         "/", "/qemu", qemu) == HostDisks{}));
}

}  // namespace
}  // namespace xenlaunch::test
