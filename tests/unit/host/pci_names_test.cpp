#include "launcher/host/pci_names.h"

#include <doctest/doctest.h>

namespace xenlaunch::test {
namespace {

TEST_CASE("vendor and device have the names of pci.ids, and none where it has none") {
  CHECK((PciNameList{}.names({0x8086, 0x0412}) ==
         PciNames{"Intel Corporation",
                  "Xeon E3-1200 v3/4th Gen Core Processor Integrated Graphics Controller"}));
  CHECK((PciNameList{}.names({0x8086, 0xffff}) == PciNames{"Intel Corporation", ""}));
  CHECK((PciNameList{}.names({0x1234, 0x1111}) == PciNames{"", ""}));
}

}  // namespace
}  // namespace xenlaunch::test
