# A Linux guest with a disk of each kind: a volume of LVM and a device that may only be read by dom0's blkback, AHCI, NVMe, and
# an AHCI CD-ROM. Then nobody has them any more.
. /payload/lib.sh
modprobe dm-mod
export LVM_SUPPRESS_FD_WARNINGS=1 DM_DISABLE_UDEV=1
truncate -s 40M backing.img
loop=$(losetup --find --show backing.img)
give_up_volume() {
  vgchange -q -an guests 2>/dev/null || true
  losetup -d "$loop" "${reference:-}" 2>/dev/null || true
}
trap give_up_volume EXIT
pvcreate -q "$loop"
vgcreate -q guests "$loop"
lvcreate -q -y -Zn -Wn -L 12M -n root guests
dmsetup mknodes guests-root # there is no udev to do it
truncate -s 11M reference.img
reference=$(losetup --read-only --find --show reference.img)
truncate -s 17M sata.img
qemu-img create -q -f qcow2 nvme.qcow2 13M
from_config linux-direct-boot <<Y
disks:
  - {image: /dev/mapper/guests-root, target: xvda}
  - {image: $reference, target: xvdc, readonly: true}
  - {image: "$PWD/sata.img", target: sdb}
  - {image: "$PWD/nvme.qcow2", format: qcow2, target: nvme0}
  - {image: /guests/grub.iso, type: cdrom, target: sdd}
Y
quiet_linux disks=5
jq -r '.xenstore[] | select(.path | test("backend/vbd/DOMID/51712/physical-device")) | .value' \
  <(xenlaunch run --dry-run --json vm.yaml 2>/dev/null) | tr '\n' ' ' >nodes.txt
expect_line "^$(stat -L -c %t:%T /dev/mapper/guests-root) /dev/(dm-0|mapper/guests-root) $" nodes.txt
expect_status 0 timeout 240 xenlaunch run vm.yaml
cat serial.log
expect_guest_line "1d.0 8086:2922 \[0106\]"
expect_guest_line "14.0 [0-9a-f:]+ \[0108\]"
expect_guest_line "DISK xvda 12582912$"
expect_guest_line "DISK xvdc 11534336 read-only"
# Where QEMU takes AHCI disks away it is a paravirtual one.
expect_guest_line "DISK (sda|xvdb) 17825792$"
expect_guest_line "DISK nvme0n1 13631488$"
expect_guest_line "DISK sr0 "
expect_guest_line LINUX-DONE

vgchange -q -an guests
losetup -d "$loop" "$reference"
[ -z "$(losetup -a)" ] || fail "a loop device is in use: $(losetup -a)"
