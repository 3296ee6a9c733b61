#include <doctest/doctest.h>

#include "launcher/host/sysfs_pci_binder.h"
#include "tests/unit/host/kernel_double.h"

namespace xenlaunch {
namespace {

using testing::binder_of;
using testing::failure_of;
using testing::KernelDouble;
using Lines = std::vector<std::string>;

constexpr PciAddress gpu{.bus = 1};

TEST_CASE("a reset is the kernel's own, where it has one") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  CHECK(binder.reset(gpu) == ResetResult::done);
  CHECK(kernel.journal == Lines{"devices/0000:01:00.0/reset 1 90"});
  kernel.fail_at = {2};
  CHECK(failure_of(kernel, [&] { binder.reset(gpu); }) ==
        "4 cannot reset 0000:01:00.0: writing '1' to /sys/bus/pci/devices/0000:01:00.0/reset "
        "failed: Input/output "
        "error");
  kernel.tree.remove(KernelDouble::device("reset"));
  CHECK(binder.reset(gpu) == ResetResult::no_method);
  CHECK(failure_of(kernel, [&] { binder.reset({.bus = 2}); }) ==
        "4 cannot reset 0000:02:00.0: there is no such device");
}

TEST_CASE("a device that does not answer after its reset is told of, once it has had its time") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  kernel.tree.write(KernelDouble::device("config"), KernelDouble::all_ones);
  CHECK(binder.reset(gpu) == ResetResult::no_answer);
  CHECK(kernel.pause.waited == SysfsPciBinder::answer_deadline);
}

TEST_CASE("a device that answers late is waited for no longer than it takes") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  const std::string config = kernel.tree.read(KernelDouble::device("config"));
  kernel.tree.write(KernelDouble::device("config"), KernelDouble::all_ones);
  kernel.pause.wakes = [&] { kernel.tree.write(KernelDouble::device("config"), config); };
  CHECK(binder.reset(gpu) == ResetResult::done);
  CHECK(kernel.pause.waited == SysfsPciBinder::answer_pause);
}

TEST_CASE("a device without a reset that does not answer is not waited for") {
  KernelDouble kernel;
  kernel.tree.remove(KernelDouble::device("reset"));
  kernel.tree.write(KernelDouble::device("config"), KernelDouble::all_ones);
  CHECK(binder_of(kernel).reset(gpu) == ResetResult::no_answer);
  CHECK(kernel.journal == Lines{});
  CHECK(kernel.pause.waited == std::chrono::milliseconds{0});
}

TEST_CASE("the binder over the real sysfs writes to the attribute") {
  KernelDouble kernel;
  CHECK(make_sysfs_pci_binder(kernel.tree.root())->reset(gpu) == ResetResult::done);
  CHECK(kernel.tree.read(KernelDouble::device("reset")) == "1");
}

}  // namespace
}  // namespace xenlaunch
