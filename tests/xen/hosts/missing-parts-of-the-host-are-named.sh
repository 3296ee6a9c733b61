. /payload/lib.sh
vm_file parts <<'Y'
pci: ["0000:00:06.0"]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
expect_status 0 xenlaunch check vm.yaml

# libxenctrl takes /proc/xen/privcmd where there is no /dev/xen/privcmd.
mv /dev/xen /dev/no-xen
mount -t tmpfs none /proc/xen
trap 'umount /proc/xen; mv /dev/no-xen /dev/xen' EXIT
expect_status 5 xenlaunch run vm.yaml
expect_line "cannot talk to the Xen hypervisor: /dev/xen/privcmd: No such file or directory"
umount /proc/xen
mv /dev/no-xen /dev/xen

mv /run/xenstored/socket /run/xenstored/no-socket
trap 'mv /run/xenstored/no-socket /run/xenstored/socket' EXIT
expect_status 6 xenlaunch run vm.yaml
expect_line "cannot connect to xenstored"
mv /run/xenstored/no-socket /run/xenstored/socket

rmmod xen-pciback
trap 'modprobe xen-pciback' EXIT
expect_status 4 xenlaunch run vm.yaml
expect_line "pciback is not there; load it with .modprobe xen-pciback"
modprobe xen-pciback
trap - EXIT
