#include <doctest/doctest.h>

#include "tests/unit/config/vm_file_text.h"

namespace xenlaunch::test {
namespace {

const std::string targets = "hda to hdd, sda to sdf, xvda to xvdz or nvme0 to nvme7";

TEST_CASE("a disk's target is one of four kinds") {
  const auto problem = [](const std::string& target) {
    return problems_of_line("disks: [{image: /a, target: " + target + "}]");
  };
  for (const char* good : {"hda", "hdd", "sda", "sdf", "xvda", "xvdz", "nvme0", "nvme7"}) {
    CAPTURE(good);
    CHECK(problem(good) == "");
  }
  for (const char* bad : {"hde", "hd", "hda1", "xvdaa", "xvdA", "nvme8", "nvme", "sd1", "vda"}) {
    CHECK(problem(bad) ==
          "3:29: disks[0].target: unknown value '" + std::string{bad} + "'; expected " + targets);
  }
  CHECK(problem("sdg") ==
        "3:29: disks[0].target: there is no sdg: the AHCI controller has six ports; expected " +
            targets);
}

TEST_CASE("a CD-ROM drive may be empty, a disk not, and nothing but IDE and AHCI has drives") {
  CHECK((parse_line("disks: [{type: cdrom, target: sdb}]").disks ==
         std::vector<DiskConfig>{{.type = DiskType::cdrom, .target = "sdb"}}));
  CHECK(problems_of_line("disks: [{target: hda}]") ==
        "3:9: disks[0].image: is missing; expected an absolute path");
  for (const std::string target : {"xvda", "nvme0"})
    CHECK(problems_of_line("disks: [{type: cdrom, target: " + target + "}]") ==
          "3:31: disks[0].target: a cdrom cannot be at " + target +
              "; expected hda to hdd or sda to sdf");
}

TEST_CASE("emulated IDE and AHCI disks cannot be read-only, the others can") {
  const auto problem = [](const std::string& rest) {
    return problems_of_line("disks: [{image: /a, readonly: true, " + rest + "}]");
  };
  for (const char* target : {"hdb", "sdb"})
    CHECK(problem(std::string{"target: "} + target) ==
          "3:31: disks[0].readonly: an emulated IDE or AHCI disk cannot be read-only; expected "
          "false, or a target from xvda to xvdz or nvme0 to nvme7");
  for (const char* good : {"target: xvda", "target: nvme0", "target: hda, type: cdrom"})
    CHECK(problem(good) == "");
}

TEST_CASE("two disks that a Linux guest would give one name are refused") {
  const auto problem = [](const std::string& first, const std::string& second) {
    return problems_of_line("disks: [{image: /a, target: " + first +
                            "}, {image: /b, target: " + second + "}]");
  };
  CHECK(problem("hda", "xvda") ==
        "3:55: disks[1].target: xvda and hda would both be xvda in a Linux guest; expected disks "
        "with different last letters");
  CHECK(problem("sdb", "hdb") ==
        "3:55: disks[1].target: hdb and sdb would both be xvdb in a Linux guest; expected disks "
        "with different last letters");
  CHECK(problem("hda", "hda") ==
        "3:55: disks[1].target: hda is given twice, first at line 3; expected each target once");
  CHECK(problem("hda, type: cdrom", "xvda") == "");
  CHECK(problem("hda", "nvme0") == "");
}

}  // namespace
}  // namespace xenlaunch::test
