. /payload/lib.sh
card=0000:01:00.0
vm_file killed <<Y
pci: ["$card", "0000:00:06.0"]
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
start_vm
kill -KILL $launcher
wait $launcher || true
expect_status 4 xenlaunch pci restore $card
expect_line "cannot restore $card to its driver: killed \(domain $domid\) has it"
xl destroy killed
expect_status 0 xenlaunch pci restore $card
expect_line "^$card has the driver virtio-pci again$"
expect_status 0 xenlaunch pci restore 0000:00:06.0
# What the launcher noted of it all is still there; nothing of that is left to do.
expect_status 0 xenlaunch recover
expect_line "killed: everything that its launcher had left was given back"
