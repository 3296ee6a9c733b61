// What people read of a device that dom0 lives on.
#include "tests/fixtures/machine.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

Run check(const std::string& machine, const std::string& bdf) {
  const testing::TemporaryTree tree;
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\npci: ['" + bdf + "']\n");
  return run_on(unreachable_host,
                {"check", "--root", testing::machine(machine), tree.path("vm.yaml")});
}

std::string refusal(const std::string& bdf, const std::string& reason, const std::string& remedy) {
  return "xenlaunch: error: cannot pass " + bdf + ": " + reason + "; pass another device" + remedy +
         "\n";
}

TEST_CASE("check refuses the controller with the root file system, and names the way to it") {
  const std::string vmd = "0000:00:0e.0";
  const std::string nvme = " (0000:00:0e.0 → 10000:e1:00.0 → nvme0n1 → nvme0n1p";
  CHECK(check("nvme-below-vmd", vmd) ==
        Run{4, "",
            refusal(vmd,
                    "the host's root file system is on it" + nvme + "3 → luks-root → vg-root → /)",
                    "") +
                refusal(vmd, "what the host boots from is on it" + nvme + "1 → /boot/efi)", "") +
                refusal(vmd, "what the host boots from is on it" + nvme + "2 → /boot)", "") +
                refusal(vmd, "the host's swap is on it" + nvme + "3 → luks-root → vg-swap → swap)",
                        ", or take that swap away first (swapoff)") +
                refusal(vmd,
                        "it is a volume management device (Intel VMD), and dom0 has 10000:e1:00.0 "
                        "(nvme) behind it",
                        ", or switch VMD off in the firmware setup, which gives each of them an "
                        "address of its own")});
}

TEST_CASE("check refuses the port of a bridge with the default route, and passes a free one") {
  CHECK(check("bridge-over-bond", "0000:02:00.0") ==
        Run{4, "",
            refusal("0000:02:00.0",
                    "the host's default route goes over it (0000:02:00.0 → eno1 → bond0 → "
                    "bond0.100 → xenbr0 → default route)",
                    ", or give the host another default route first")});
  CHECK(check("bridge-over-bond", "0000:03:00.1").status == 0);
}

}  // namespace
}  // namespace xenlaunch::test
