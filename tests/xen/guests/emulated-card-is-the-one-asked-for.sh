. /payload/lib.sh
devices_of() { # of the guest of vm.yaml, into output.txt
  sed -i 's/grub.iso/grub-idle.iso/' vm.yaml
  start_vm
  expect_status 0 xl qemu-monitor-command "$(sed -n 's/^name: *//p' vm.yaml)" "info pci"
}
end_vm() {
  kill -TERM $launcher
  expect_end 0
}

from_config no-passthrough </dev/null # platform.vga is std, over VNC
devices_of
expect_line 1234:1111
exec 3<>/dev/tcp/127.0.0.1/5900 || fail "nobody listens for VNC"
read -r -N 4 greeting <&3
[ "$greeting" = "RFB " ] || fail "no VNC server answers"
end_vm

for vga in cirrus none; do
  vm_file card <<'Y'
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
  sed -i "s/vga: none/vga: $vga/" vm.yaml
  devices_of
  if [ $vga = cirrus ]; then expect_line 1013:00b8; else expect_no_line "VGA controller"; fi
  end_vm
done
