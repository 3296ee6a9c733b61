# Its configuration space reads all ones, as after a reset that it did not survive.
. /payload/lib.sh
. /payload/lives.sh
device=/sys/devices/pci0000:00/0000:00:06.0
printf '\377%.0s' {1..256} >ones
echo 'pci: ["0000:00:06.0"]' | idle_vm dead
start_vm
mount --bind ones $device/config
kill -TERM $launcher
expect_end 8
expect_line "0000:00:06.0 does not answer|cannot be reset" launcher.log
expect_line "could not take 0000:00:06.0 from pciback: it does not answer" launcher.log
expect_line "xenlaunch recover. tries again" launcher.log
expect_driver 0000:00:06.0 pciback
expect_status 0 xenlaunch list
expect_line "^dead +broken"
expect_status 8 xenlaunch recover
expect_status 8 xenlaunch run vm.yaml
# It comes back.
umount $device/config
expect_status 0 xenlaunch recover
expect_driver 0000:00:06.0 none
