# A QEMU that was broken into writes to the header of its own image, here dom0 in its place. QEMU opens what the header names as
# root: neither at the guest's reboot nor at the next start of the VM is it that.
. /payload/lib.sh
. /payload/lives.sh
qemu-img create -q -f qcow2 disk.qcow2 13M
vm_file renamed <<Y
disks:
  - {image: /guests/grub-idle.iso, type: cdrom, target: hda}
  - {image: "$PWD/disk.qcow2", format: qcow2, target: nvme0}
Y
expect_status 0 xenlaunch start vm.yaml
qemu-img create -q -f qcow2 -b /etc/hostname -F raw other.qcow2 13M
dd if=other.qcow2 of=disk.qcow2 bs=64k count=1 conv=notrunc status=none
xenlaunch reboot --timeout 1 renamed || true
wait_until 60 is_gone renamed
xenlaunch logs renamed >log
expect_line "cannot open the image $PWD/disk.qcow2 for QEMU: since the VM was started it names other files; stop the VM and start it anew" log

expect_status 4 xenlaunch start vm.yaml
expect_line "cannot use the disk image $PWD/disk.qcow2: it names '/etc/hostname', which is no file in its own folder"
