#include "launcher/host/sysfs_pci_binder.h"

#include <doctest/doctest.h>

#include "tests/unit/host/kernel_double.h"

namespace xenlaunch {
namespace {

using testing::binder_of;
using testing::failure_of;
using testing::KernelDouble;
using Lines = std::vector<std::string>;

constexpr PciAddress gpu{.bus = 1};

TEST_CASE("assign takes the device from its driver, and restore gives it back") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  const auto before = kernel.tree.snapshot();
  CHECK_FALSE(binder.assign(gpu));
  CHECK(kernel.journal == Lines{"devices/0000:01:00.0/driver_override pciback 30",
                                "drivers/pciback/new_slot 0000:01:00.0 30",
                                "devices/0000:01:00.0/driver/unbind 0000:01:00.0 30",
                                "drivers/pciback/bind 0000:01:00.0 90"});
  auto assigned = before;
  assigned[KernelDouble::device("driver")] = "-> ../../drivers/pciback";
  assigned[KernelDouble::device("driver_override")] = "pciback\n";
  assigned[KernelDouble::drivers("pciback/slots")] = "0000:01:00.0\n";
  CHECK(kernel.tree.snapshot() == assigned);

  kernel.journal.clear();
  binder.restore(gpu, "nvidia");
  CHECK(kernel.journal == Lines{"drivers/pciback/unbind 0000:01:00.0 90",
                                "drivers/pciback/remove_slot 0000:01:00.0 30",
                                "devices/0000:01:00.0/driver_override \n 30",
                                "drivers/nvidia/bind 0000:01:00.0 90"});
  CHECK(kernel.tree.snapshot() == before);
}

TEST_CASE("a device that is to stay on pciback is left to other tools, as libxl would leave it") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  binder.assign(gpu);
  kernel.journal.clear();
  binder.drop_override(gpu);
  CHECK(kernel.journal == Lines{"devices/0000:01:00.0/driver_override \n 30"});
  kernel.fail_at = {2};
  CHECK(failure_of(kernel, [&] { binder.drop_override(gpu); }) ==
        "4 cannot leave 0000:01:00.0 to other tools: writing '\\n' to "
        "/sys/bus/pci/devices/0000:01:00.0/driver_override failed: Input/output error");
  kernel.tree.remove(KernelDouble::device("driver_override"));
  binder.drop_override(gpu);
}

TEST_CASE("a device without a driver is assigned, and left without one again") {
  KernelDouble kernel{""};
  SysfsPciBinder binder = binder_of(kernel);
  const auto before = kernel.tree.snapshot();
  CHECK_FALSE(binder.assign(gpu));
  CHECK(kernel.tree.read(KernelDouble::drivers("pciback/slots")) == "0000:01:00.0\n");
  binder.restore(gpu, std::nullopt);
  CHECK(kernel.tree.snapshot() == before);
}

TEST_CASE("a device that pciback has already is left as it is") {
  KernelDouble kernel{"pciback"};
  CHECK(binder_of(kernel).assign(gpu));
  CHECK(kernel.journal == Lines{});
}

TEST_CASE("a slot that is there already is not added twice, nor removed when the rest fails") {
  KernelDouble kernel;
  kernel.tree.write(KernelDouble::drivers("pciback/slots"), "0000:00:19.0\n0000:01:00.0\n");
  const auto before = kernel.tree.snapshot();
  kernel.fail_at = {3};
  CHECK(failure_of(kernel, [&] { binder_of(kernel).assign(gpu); }) ==
        "4 cannot assign 0000:01:00.0 to pciback: writing '0000:01:00.0' to "
        "/sys/bus/pci/drivers/pciback/bind failed: "
        "Input/output error");
  CHECK(kernel.tree.snapshot() == before);
  kernel.fail_at.clear();
  CHECK_FALSE(binder_of(kernel).assign(gpu));
  CHECK(kernel.slots() == "0000:00:19.0\n0000:01:00.0\n");
}

TEST_CASE("a kernel without driver_override is served without it") {
  KernelDouble kernel;
  kernel.tree.remove(KernelDouble::device("driver_override"));
  const auto before = kernel.tree.snapshot();
  SysfsPciBinder binder = binder_of(kernel);
  CHECK_FALSE(binder.assign(gpu));
  binder.restore(gpu, "nvidia");
  CHECK(kernel.tree.snapshot() == before);
}

TEST_CASE("whichever write of an assignment fails, the device has its driver again") {
  for (const std::string driver : {"nvidia", ""}) {
    KernelDouble counted{driver};
    binder_of(counted).assign(gpu);
    const int writes = static_cast<int>(counted.journal.size());
    REQUIRE(writes == (driver.empty() ? 3 : 4));
    for (int k = 1; k <= writes; ++k) {
      CAPTURE(driver);
      CAPTURE(k);
      KernelDouble kernel{driver};
      const auto before = kernel.tree.snapshot();
      kernel.fail_at = {k};
      CHECK(failure_of(kernel, [&] { binder_of(kernel).assign(gpu); }).starts_with("4 cannot "));
      CHECK(kernel.tree.snapshot() == before);
    }
  }
}

TEST_CASE("a failed unbind names the driver that kept the device") {
  KernelDouble kernel;
  kernel.fail_at = {3};
  CHECK(failure_of(kernel, [&] { binder_of(kernel).assign(gpu); }) ==
        "4 cannot unbind 0000:01:00.0 from nvidia: writing '0000:01:00.0' to "
        "/sys/bus/pci/devices/0000:01:00.0/driver/unbind failed: Input/output error");
}

TEST_CASE("a bind that succeeds without effect is found out and undone") {
  KernelDouble kernel{""};
  const auto before = kernel.tree.snapshot();
  kernel.ignore_bind = true;
  CHECK(failure_of(kernel, [&] { binder_of(kernel).assign(gpu); }) ==
        "4 cannot assign 0000:01:00.0 to pciback: pciback did not take it");
  CHECK(kernel.tree.snapshot() == before);
}

TEST_CASE("a device that cannot be given back after a failure is reported as that") {
  KernelDouble kernel;
  kernel.fail_at = {4, 7};  // bind to pciback; bind to nvidia
  CHECK(
      failure_of(kernel, [&] { binder_of(kernel).assign(gpu); }) ==
      "8 cannot assign 0000:01:00.0 to pciback: writing '0000:01:00.0' to "
      "/sys/bus/pci/drivers/pciback/bind failed: "
      "Input/output error; it could not be given back to nvidia either: writing '0000:01:00.0' to "
      "/sys/bus/pci/drivers/nvidia/bind failed: Input/output error");
}

TEST_CASE(
    "a driver that does not let go is waited for no longer than its deadline, and then not "
    "touched") {
  KernelDouble kernel;
  kernel.hang_at = 3;
  CHECK(failure_of(kernel, [&] { binder_of(kernel).assign(gpu); }) ==
        "8 cannot unbind 0000:01:00.0 from nvidia: the driver did not let go within 30 s; "
        "something still uses the "
        "device (a display server, a console, a running computation?); it could not be given back "
        "to nvidia either: "
        "the kernel still waits for the device, and its driver_override was left as it is");
  CHECK(kernel.journal == Lines{"devices/0000:01:00.0/driver_override pciback 30",
                                "drivers/pciback/new_slot 0000:01:00.0 30",
                                "devices/0000:01:00.0/driver/unbind 0000:01:00.0 30",
                                "drivers/pciback/remove_slot 0000:01:00.0 30"});
}

TEST_CASE("what is not there cannot be assigned, and nothing is written") {
  KernelDouble kernel;
  CHECK(failure_of(kernel, [&] { binder_of(kernel).assign({.bus = 2}); }) ==
        "4 cannot assign 0000:02:00.0 to pciback: there is no such device");
  kernel.tree.remove(KernelDouble::drivers("pciback"));
  CHECK(failure_of(kernel, [&] { binder_of(kernel).assign(gpu); }) ==
        "4 cannot assign 0000:01:00.0 to pciback: the driver is not loaded; modprobe xen-pciback "
        "loads it");
  CHECK(kernel.journal == Lines{});
}

TEST_CASE("a device that was given back meanwhile is fine") {
  KernelDouble kernel;
  const auto before = kernel.tree.snapshot();
  binder_of(kernel).restore(gpu, "nvidia");
  CHECK(kernel.tree.snapshot() == before);
}

TEST_CASE("restore names another driver that has the device, and leaves it there") {
  KernelDouble kernel{"nouveau"};
  const auto before = kernel.tree.snapshot();
  CHECK(failure_of(kernel, [&] { binder_of(kernel).restore(gpu, "nvidia"); }) ==
        "4 cannot give 0000:01:00.0 back to nvidia: it is bound to nouveau");
  CHECK(kernel.tree.snapshot() == before);
}

TEST_CASE("restore names a driver that is gone, after everything else is undone") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  auto expected = kernel.tree.snapshot();
  binder.assign(gpu);
  expected.erase(KernelDouble::device("driver"));
  CHECK(failure_of(kernel, [&] { binder.restore(gpu, "i915"); }) ==
        "4 cannot give 0000:01:00.0 back to i915: driver i915 is no longer loaded; modprobe i915 "
        "brings it back");
  CHECK(kernel.tree.snapshot() == expected);
}

TEST_CASE("a failing part of restore stops no other, and every failure is named") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  binder.assign(gpu);
  kernel.fail_at = {5, 6, 7};  // unbind from pciback, remove_slot, driver_override
  CHECK(failure_of(kernel, [&] { binder.restore(gpu, "nvidia"); }) ==
        "4 cannot give 0000:01:00.0 back to nvidia: writing '0000:01:00.0' to "
        "/sys/bus/pci/drivers/pciback/unbind "
        "failed: Input/output error; writing '0000:01:00.0' to "
        "/sys/bus/pci/drivers/pciback/remove_slot failed: "
        "Input/output error; writing '\\n' to /sys/bus/pci/devices/0000:01:00.0/driver_override "
        "failed: Input/output "
        "error; it is bound to pciback");
  CHECK(kernel.journal.size() == 7);
  kernel.fail_at.clear();
  binder.restore(gpu, "nvidia");
  CHECK(kernel.slots().empty());
}

TEST_CASE("whichever write of restore fails, the writes after it are made") {
  for (int k = 5; k <= 8; ++k) {
    CAPTURE(k);
    KernelDouble kernel;
    const auto before = kernel.tree.snapshot();
    SysfsPciBinder binder = binder_of(kernel);
    binder.assign(gpu);
    kernel.fail_at = {k};
    CHECK(failure_of(kernel, [&] {
            binder.restore(gpu, "nvidia");
          }).starts_with("4 cannot give 0000:01:00.0 back"));
    binder.restore(gpu, "nvidia");  // another try finishes the job
    CHECK(kernel.tree.snapshot() == before);
  }
}

TEST_CASE("a device that was unplugged still leaves pciback's slots") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  binder.assign(gpu);
  kernel.tree.remove("sys/bus/pci/devices/0000:01:00.0");
  CHECK_FALSE(binder.is_there(gpu));
  binder.restore(gpu, "nvidia");
  CHECK(kernel.slots().empty());
}

}  // namespace
}  // namespace xenlaunch
