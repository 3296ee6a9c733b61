. /payload/lib.sh
guest='disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]'
vm_file owner owner.yaml <<Y
$guest
pci: ["0000:00:06.0"]
Y
vm_file thief thief.yaml <<Y
$guest
pci: ["0000:00:06.0"]
Y
start_vm owner.yaml
expect_status 4 xenlaunch run thief.yaml
expect_line "cannot pass 0000:00:06.0: owner \(domain $domid\) has it"
[ "$(xenstore-read /libxl/pci/0000-00-06-0/domid)" = "$domid" ] || fail "the owner's record is gone"
expect_driver 0000:00:06.0 pciback
expect_status 4 xenlaunch run owner.yaml
expect_line "cannot start owner: process $launcher .xenlaunch run owner. holds it"
kill -TERM $launcher
expect_end 0

# The same with an owner that xl made, and a device that xl prepared.
xl pci-assignable-add 00:06.0
cat >xl.cfg <<'C'
name = "xl-owner"
type = "hvm"
memory = 64
vnc = 0
vkb_device = 0
pci = ["00:06.0"]
C
xl create -p xl.cfg
expect_status 4 xenlaunch run thief.yaml
expect_line "cannot pass 0000:00:06.0: xl-owner \(domain [0-9]+\) has it"
xl destroy xl-owner
# Now that it is free, a device that xl prepared is used, and left as xl prepared it.
sed -i 's/grub-idle/grub/' thief.yaml
expect_status 0 xenlaunch run thief.yaml
expect_driver 0000:00:06.0 pciback
xl pci-assignable-list | grep -q 00:06.0 || fail "xl no longer offers the device"
xl pci-assignable-remove -r 00:06.0
xenstore-rm /libxl/pci/0000-00-06-0 2>/dev/null || true
