. /payload/lib.sh
card=0000:00:06.0
config=$(readlink -f /sys/bus/pci/devices/$card)/config
head -c 256 /dev/zero | tr '\0' '\377' >ones
vm_file dead <<Y
pci: ["$card"]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
expect_status 0 xenlaunch check vm.yaml
mount --bind ones "$config"
trap 'umount "$config"' EXIT
for command in run check; do
  expect_status 4 xenlaunch $command vm.yaml
  expect_line "^xenlaunch: error: cannot pass $card: it does not answer \(its configuration space reads all ones\), .*; switch the host off and on"
done
expect_status 4 xenlaunch pci assign $card
expect_line "cannot assign $card to pciback: it does not answer"
expect_driver $card none
umount "$config"
trap - EXIT

# On pciback already; it comes back to life.
expect_status 0 xenlaunch pci assign $card
mount --bind ones "$config"
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot pass $card: it does not answer"
umount "$config"
expect_status 0 xenlaunch run vm.yaml
expect_status 0 xenlaunch pci restore $card
