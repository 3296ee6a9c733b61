# A real kernel by direct boot, with raw, qcow2, block device and CD-ROM, and the discrete card. Its drivers unplug the
# emulated disks and go on with the paravirtual ones behind them.
. /payload/lib.sh
truncate -s 11M raw.img
qemu-img create -q -f qcow2 disk.qcow2 13M
truncate -s 17M backing.img
loop=$(losetup --find --show backing.img)
trap 'losetup -d "$loop"' EXIT
from_config linux-direct-boot <<Y
pci: ["0000:00:06.0"]
disks:
  - {image: "$PWD/raw.img", target: hda}
  - {image: "$PWD/disk.qcow2", format: qcow2, target: hdb}
  - {image: /guests/grub.iso, type: cdrom, target: hdc}
  - {image: "$loop", target: hdd}
Y
quiet_linux disks=4
expect_status 0 timeout 300 xenlaunch run vm.yaml
cat serial.log
expect_guest_line LINUX-UP
expect_guest_line "06.0 1002:5046 \[0300\]"
expect_guest_line "DISK xvda 11534336"
expect_guest_line "DISK xvdb 13631488"
expect_guest_line "DISK sr0 "
expect_guest_line "DISK xvdd 17825792"
expect_guest_line LINUX-DONE
