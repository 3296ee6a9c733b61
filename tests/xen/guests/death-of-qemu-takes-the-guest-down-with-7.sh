. /payload/lib.sh
vm_file orphan <<'Y'
pci: ["0000:00:06.0"]
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
start_vm
kill -SEGV "$(xenstore-read "/local/domain/$domid/image/device-model-pid")"
expect_end 7
expect_line "QEMU was killed by signal 11 \(Segmentation fault\) under the running guest" launcher.log
