. /payload/lib.sh
expect_driver 0000:01:00.0 virtio-pci
vm_file flr <<'Y'
pci: ["0000:01:00.0"]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
start_vm
expect_driver 0000:01:00.0 pciback
[ "$(xenstore-read /libxl/pci/0000-01-00-0/driver_path)" = /sys/bus/pci/drivers/virtio-pci ] || fail "no driver_path as xl keeps it"
expect_end 0
cat serial.log
expect_guest_line "^00:06\.0 1af4:1050 \[0380\]"
expect_driver 0000:01:00.0 virtio-pci
