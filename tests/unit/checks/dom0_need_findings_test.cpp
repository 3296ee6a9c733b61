#include "launcher/checks/dom0_need_findings.h"

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Kind = Dom0NeedKind;

const PciAddress disk{0, 2, 0, 0};
const std::string bdf = "0000:02:00.0";

Finding finding_of(Kind kind, const std::vector<std::string>& end) {
  Dom0Need need{kind, {bdf, "sda"}};
  need.chain.insert(need.chain.end(), end.begin(), end.end());
  return dom0_need_findings(disk, {need}).at(0);
}

Finding blocks(const std::string& reason, const std::string& remedy) {
  return {FindingCode::dom0_lives_on_it, bdf, reason, remedy};
}

TEST_CASE("each need of dom0 names the way to it, and what could be done") {
  CHECK(finding_of(Kind::root_file_system, {"luks-root", "/"}) ==
        blocks("the host's root file system is on it (0000:02:00.0 → sda → luks-root → /)",
               "pass another device"));
  CHECK(finding_of(Kind::boot, {"sda1", "/boot/efi"}) ==
        blocks("what the host boots from is on it (0000:02:00.0 → sda → sda1 → /boot/efi)",
               "pass another device"));
  CHECK(finding_of(Kind::mounted, {"/data"}) ==
        blocks("a mounted file system is on it (0000:02:00.0 → sda → /data)",
               "pass another device, or unmount /data first"));
  CHECK(finding_of(Kind::mounted, {"btrfs"}) ==
        blocks("a mounted file system is on it (0000:02:00.0 → sda → btrfs)",
               "pass another device, or unmount it first"));
  CHECK(finding_of(Kind::swap, {"swap"}) ==
        blocks("the host's swap is on it (0000:02:00.0 → sda → swap)",
               "pass another device, or take that swap away first (swapoff)"));
  CHECK(finding_of(Kind::vm_disk, {"domain 3"}) ==
        blocks("a disk of a running VM is on it (0000:02:00.0 → sda → domain 3)",
               "pass another device, or end that VM first"));
  CHECK(finding_of(Kind::open_block_device, {"dd (process 9)"}) ==
        blocks("a program has a disk of it open (0000:02:00.0 → sda → dd (process 9))",
               "pass another device, or end that program first"));
  CHECK(finding_of(Kind::claimed, {}) ==
        blocks("a disk of it is in use, for instance by a ZFS pool or as an iSCSI target "
               "(0000:02:00.0 → sda)",
               "pass another device, or end that use first"));
  CHECK(finding_of(Kind::default_route, {"default route"}) ==
        blocks("the host's default route goes over it (0000:02:00.0 → sda → default route)",
               "pass another device, or give the host another default route first"));
  CHECK(finding_of(Kind::ssh_session, {"192.0.2.7"}) ==
        blocks("the SSH session of this command goes over it (0000:02:00.0 → sda → 192.0.2.7)",
               "pass another device, or run this on the host's console"));
}

TEST_CASE("a USB device that dom0 needs is named by its port") {
  CHECK(usb_need_findings({{{2, "3"}, {{Kind::mounted, {"2-3", "sdg", "/media/stick"}}}}}) ==
        std::vector<Finding>{{FindingCode::usb_device_in_use, "2-3",
                              "a mounted file system is on it (2-3 → sdg → /media/stick)",
                              "pass another device, or unmount /media/stick first"}});
}

TEST_CASE("who uses a disk may not be known, which blocks nothing") {
  CHECK(finding_of(Kind::not_known, {}) ==
        Finding{FindingCode::dom0_lives_on_it, bdf,
                "it is not known who uses a disk of it (0000:02:00.0 → sda)",
                "run this as root in dom0", Severity::unknown});
}

TEST_CASE("names of volumes and mount points are shown without control characters") {
  CHECK(finding_of(Kind::mounted, {"vg\x1b[2J", "/a\nb"}).reason ==
        "a mounted file system is on it (0000:02:00.0 → sda → vg\\x1b[2J → /a\\nb)");
}

}  // namespace
}  // namespace xenlaunch::test
