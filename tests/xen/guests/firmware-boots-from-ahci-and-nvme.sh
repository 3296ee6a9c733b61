. /payload/lib.sh
# A boot sector that says BOOTED on the serial port and sleeps.
{
  printf '\xba\xf8\x03'
  for letter in B O O T E D; do printf '\xb0%s\xee' $letter; done
  printf '\xfb\xf4\xeb\xfc'
} >sector
truncate -s 510 sector
printf '\x55\xaa' >>sector
truncate -s 4M sector
for target in sda nvme0; do
  vm_file boots <<Y
disks: [{image: "$PWD/sector", target: $target}]
Y
  rm -f serial.log
  start_vm
  wait_until 60 grep -q BOOTED serial.log
  kill -TERM $launcher
  expect_end 0
done
vm_file boots <<Y
boot: [cdrom]
disks: [{image: /guests/grub.iso, type: cdrom, target: sda}]
Y
expect_status 0 timeout 100 xenlaunch run vm.yaml
expect_guest_line GUEST-DONE
