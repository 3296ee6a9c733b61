. /payload/lib.sh
guest='disks: [{image: /guests/grub-reboot.iso, type: cdrom, target: hda}]'
vm_file reboots <<Y
$guest
on_reboot: destroy
pci: ["0000:00:06.0"]
Y
expect_status 32 xenlaunch run vm.yaml
expect_line "the guest asked for a reboot"
vm_file reboots <<Y
$guest
pci: ["0000:00:06.0"]
Y
start_vm
first=$domid
wait_until 180 grep -q "starting reboots again" launcher.log
wait_until 180 grep -q "domain $((first + 1)) runs" launcher.log
kill -TERM $launcher
expect_end 0
