. /payload/lib.sh
card_of() { # VGA
  vm_file card <<Y
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
  sed -i "s/vga: none/vga: $1/" vm.yaml
  start_vm
  expect_status 0 xl qemu-monitor-command card "info pci"
  kill -TERM $launcher
  expect_end 0
}
card_of std
expect_line 1234:1111
card_of cirrus
expect_line 1013:00b8
card_of none
expect_no_line "VGA controller"
