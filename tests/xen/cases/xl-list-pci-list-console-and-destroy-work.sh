. /payload/lib.sh
sed 's/grub.iso/grub-idle.iso/' /payload/configs/discrete-gpu.yaml >vm.yaml
grep -q '^serial: pty' vm.yaml || echo 'serial: pty' >>vm.yaml
start_vm
expect_status 0 xl list
expect_line "^discrete-gpu +$domid "
expect_status 0 xl pci-list discrete-gpu
expect_line "06\.0 +0000:00:06\.0"
expect_status 0 xl qemu-monitor-command discrete-gpu "info pci"
expect_line "1002:5046"
# script gives xl console the terminal that it wants.
script -qc "xl console discrete-gpu" console.log </dev/null >/dev/null 2>&1 &
console=$!
wait_until 60 grep -q GUEST-DONE console.log
kill $console 2>/dev/null || true
expect_status 0 xl destroy discrete-gpu
expect_end 0
expect_line "destroyed by another tool" launcher.log
