. /payload/lib.sh
card=0000:01:00.0
expect_drivers() { # FORMER-DRIVER DRIVER: in $document
  [ "$(jq -r '"\(.address) \(.former_driver) \(.driver)"' <<<"$document")" = "$card $1 $2" ] || fail "$document"
}

expect_driver $card virtio-pci
document=$(xenlaunch pci assign 01:00.0 --json)
expect_drivers virtio-pci pciback
expect_driver $card pciback
[ "$(xenstore-read /libxl/pci/0000-01-00-0/driver_path)" = /sys/bus/pci/drivers/virtio-pci ] || fail "its driver is not on record"
xl pci-assignable-list | grep -q 01:00.0 || fail "xl does not offer it"
expect_status 0 xenlaunch pci list
expect_line "^$card .* pciback "

# Once more changes nothing.
expect_status 0 xenlaunch pci assign $card
expect_line "^$card is on pciback already; nothing was changed$"
[ "$(grep -c 01:00.0 /sys/bus/pci/drivers/pciback/slots)" = 1 ] || fail "it has two slots"

# Two VMs, one after the other.
vm_file guest <<Y
pci: ["$card"]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
for _ in 1 2; do
  expect_status 0 xenlaunch run vm.yaml
  expect_guest_line "1af4:1050"
  expect_driver $card pciback
done
[ "$(xenstore-list /libxl/pci/0000-01-00-0)" = driver_path ] || fail "the VM left $(xenstore-ls /libxl/pci)"

expect_status 0 xenlaunch pci restore $card
expect_line "^$card has the driver virtio-pci again$"
expect_driver $card virtio-pci
ls "/sys/bus/pci/devices/$card" | grep -q '^virtio[0-9]' || fail "its driver has not made its device"
expect_status 0 xenlaunch pci restore $card
expect_line "^$card is not on pciback; it has the driver virtio-pci, and nothing was changed$"
document=$(xenlaunch pci restore $card --json)
expect_drivers virtio-pci virtio-pci
