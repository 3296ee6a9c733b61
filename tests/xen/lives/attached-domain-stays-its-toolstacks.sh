# xl builds the domain, with a stand-in for QEMU that ends before the launcher brings the real one.
. /payload/lib.sh
. /payload/lives.sh
xl pci-assignable-add 00:06.0
cat >vm.cfg <<'C'
name = "theirs"
type = "hvm"
memory = 64
vga = "none"
vnc = 0
passthrough = "enabled"
device_model_override = "/payload/tools/stub_device_model"
C
expect_status 0 xl create -p vm.cfg
domid=$(xl domid theirs)
pkill -x stub_device_mod
wait_until 20 bash -c '! pgrep -x stub_device_mod'
rm -f "/run/xen/qmp-libxenstat-$domid"
xenstore-rm "/local/domain/0/device-model/$domid"
xenstore-ls -f "/local/domain/$domid" | grep -v device-model-pid >nodes.before

vm_file ours <<'Y'
pci: ["0000:00:06.0"]
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
xenlaunch attach --domid "$domid" vm.yaml >launcher.log 2>&1 &
launcher=$!
wait_until 180 grep -q "domain $domid is paused" launcher.log
xl list theirs | grep -q -- '--p---' || fail "the domain was unpaused"
expect_status 0 xl unpause theirs
wait_until 180 grep -q GUEST-DONE serial.log
expect_guest_line "^00:06\.0 1002:5046"
kill -TERM $launcher
expect_end 0
xl list | grep -q '^theirs ' || fail "the domain was destroyed"
xenstore-ls -f "/local/domain/$domid" | grep -v device-model-pid >nodes.after
diff nodes.before nodes.after || fail "the toolstack's nodes are not as they were"
! pgrep -f "xen-qemu-system-i386 -xen-domid $domid " || fail "QEMU is still there"
expect_status 0 xl destroy theirs
expect_status 5 xenlaunch attach --domid "$domid" vm.yaml
expect_line "Xen has no such domain"
xl pci-assignable-remove -r 00:06.0
