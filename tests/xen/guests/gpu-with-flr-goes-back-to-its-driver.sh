. /payload/lib.sh
[ "$(driver_of 0000:01:00.0)" = virtio-pci ] || fail "the card has no driver to be taken from"
vm_file flr <<'Y'
pci: ["0000:01:00.0"]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
start_vm
[ "$(driver_of 0000:01:00.0)" = pciback ] || fail "the card is not with pciback"
[ "$(xenstore-read /libxl/pci/0000-01-00-0/driver_path)" = /sys/bus/pci/drivers/virtio-pci ] || fail "no driver_path as xl keeps it"
expect_end 0
cat serial.log
expect_guest_line "^00:06\.0 1af4:1050 \[0380\]"
[ "$(driver_of 0000:01:00.0)" = virtio-pci ] || fail "the card is not with its driver again"
