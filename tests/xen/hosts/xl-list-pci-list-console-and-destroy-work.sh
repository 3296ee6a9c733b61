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
expect_status 0 xentop -b -i 1
# It shows the first ten characters of a name.
expect_line "^ *discrete-g "
expect_status 0 xenstore-ls "/local/domain/$domid"
expect_line '^name = "discrete-gpu"$'
# xl console ends with its input, so it is given one that says nothing.
sleep 1000 | xl console discrete-gpu >console.log 2>&1 &
wait_until 180 grep -q GUEST-DONE console.log
pkill xenconsole$ || true
pkill -x sleep || true
expect_status 0 xl destroy discrete-gpu
expect_end 0
expect_line "destroyed by another tool" launcher.log
