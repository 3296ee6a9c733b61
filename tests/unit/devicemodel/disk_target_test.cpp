#include "devicemodel/disk_target.h"

#include <doctest/doctest.h>

namespace xenlaunch::test {
namespace {

unsigned number_of(const char* target) {
  return virtual_device(target_of({.target = target}));
}

TEST_CASE("paravirtual disks have the numbers that guests know them by") {
  for (const auto& [target, number] : {std::pair{"hda", 768U},
                                       {"hdb", 832U},
                                       {"hdc", 5632U},
                                       {"hdd", 5696U},
                                       {"sda", 2048U},
                                       {"sdf", 2128U},
                                       {"xvda", 51712U},
                                       {"xvdb", 51728U},
                                       {"xvdp", 51952U},
                                       {"xvdq", 268439552U},
                                       {"xvdz", 268441856U}})
    CHECK(number_of(target) == number);
}

TEST_CASE("a target is its bus and its place there") {
  CHECK((parse_disk_target("sdc") == DiskTarget{.bus = DiskBus::ahci, .index = 2}));
  CHECK((parse_disk_target("nvme7") == DiskTarget{.bus = DiskBus::nvme, .index = 7}));
  CHECK_FALSE(parse_disk_target("").has_value());
  CHECK_FALSE(parse_disk_target("sdg").has_value());
}

}  // namespace
}  // namespace xenlaunch::test
