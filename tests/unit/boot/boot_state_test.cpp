#include "launcher/boot/boot_state.h"

#include <doctest/doctest.h>

#include <vector>

namespace xenlaunch::test {
namespace {

const PciAddress gpu{0, 0, 2, 0};
const BootLines plain{.xen = "console=com1,vga", .dom0 = "console=hvc0 console=tty0"};
const BootLines hidden{.xen = "console=com1,vga",
                       .dom0 = "console=hvc0 console=tty0 xen-pciback.hide=(00:02.0)"};
const BootLines dark{.xen = "console=com1", .dom0 = "console=hvc0"};

TEST_CASE("dom0_access is what runs against what the next boot runs") {
  CHECK(to_string(dom0_access(plain, plain, gpu)) == "enabled");
  CHECK(to_string(dom0_access(plain, hidden, gpu)) == "disable_on_reboot");
  CHECK(to_string(dom0_access(hidden, hidden, gpu)) == "disabled");
  CHECK(to_string(dom0_access(hidden, plain, gpu)) == "enable_on_reboot");
  CHECK(to_string(dom0_access(hidden, hidden, {0, 1, 0, 0})) == "enabled");
}

TEST_CASE("the display is what runs against what the next boot runs") {
  CHECK(to_string(display(plain, plain)) == "enabled");
  CHECK(to_string(display(plain, dark)) == "disable_on_reboot");
  CHECK(to_string(display(dark, dark)) == "disabled");
  CHECK(to_string(display(dark, plain)) == "enable_on_reboot");
}

TEST_CASE("while dom0 writes into the firmware's framebuffer the display is used") {
  BootLines freed = dark;
  freed.dom0 += " video=efifb:off";
  CHECK(to_string(display(dark, dark, "efifb")) == "enabled");
  CHECK(to_string(display(dark, freed, "efifb")) == "disable_on_reboot");
  CHECK(to_string(display(dark, freed, "vesafb")) == "enabled");
  CHECK(to_string(display(plain, freed, "efifb")) == "disable_on_reboot");
}

TEST_CASE("either console on the display means that it is used") {
  CHECK(uses_display({.xen = "console=vga", .dom0 = "console=hvc0"}));
  CHECK(uses_display({.xen = "console=com1", .dom0 = "console=tty0"}));
  CHECK_FALSE(uses_display(dark));
}

TEST_CASE("a boot without Xen hides nothing, and has but one console") {
  CHECK_FALSE(is_hidden({.xen = {}, .dom0 = hidden.dom0}, gpu));
  CHECK(uses_display({.xen = {}, .dom0 = "quiet"}));
  CHECK_FALSE(uses_display({.xen = {}, .dom0 = "console=ttyS0"}));
}

TEST_CASE("disabled now is what runs, whatever comes next") {
  CHECK_FALSE(is_disabled_now(BootState::enabled));
  CHECK_FALSE(is_disabled_now(BootState::disable_on_reboot));
  CHECK(is_disabled_now(BootState::disabled));
  CHECK(is_disabled_now(BootState::enable_on_reboot));
}

}  // namespace
}  // namespace xenlaunch::test
