#include "launcher/plan/guest_functions.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("functions: all takes the others of the device along, with the same options") {
  PciFunction usb = card(2);
  usb.class_code = 0x0c0330;
  PciFunction root_port = card(3);
  root_port.class_code = 0x060400;
  const HostPci host = host_with({igd(), card(0), card(1), usb, root_port});
  const PciDeviceConfig gpu{.address = card(0).address,
                            .expect = card(0).id,
                            .permissive = true,
                            .all_functions = true,
                            .slot = std::uint8_t{7}};
  const PciDeviceConfig audio{.address = card(1).address};
  PciDeviceConfig along = gpu;
  along.address = usb.address;
  along.expect.reset();
  CHECK((with_all_functions({gpu, audio}, host) == std::vector{gpu, along, audio}));
  CHECK((with_all_functions({audio}, host) == std::vector{audio}));
  CHECK((with_all_functions({gpu}, {}) == std::vector{gpu}));
}

}  // namespace
}  // namespace xenlaunch::test
