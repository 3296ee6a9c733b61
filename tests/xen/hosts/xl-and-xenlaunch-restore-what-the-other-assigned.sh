. /payload/lib.sh
card=0000:01:00.0
xl pci-assignable-add 01:00.0
expect_status 0 xenlaunch pci assign $card
expect_line "is on pciback already"
expect_status 0 xenlaunch pci restore $card
expect_line "^$card has the driver virtio-pci again$"
expect_driver $card virtio-pci
! xl pci-assignable-list | grep -q 01:00.0 || fail "xl still offers it"
bash /payload/after.sh || fail "something is left behind of xl's assignment"

expect_status 0 xenlaunch pci assign $card
expect_line "^$card is on pciback now; it had the driver virtio-pci$"
xl pci-assignable-remove -r 01:00.0
expect_driver $card virtio-pci
xenstore-rm /libxl/pci/0000-01-00-0 2>/dev/null || true

# What xl takes from pciback without giving it back can still be given back.
expect_status 0 xenlaunch pci assign $card
xl pci-assignable-remove 01:00.0
expect_status 0 xenlaunch pci restore $card
expect_line "^$card has the driver virtio-pci again$"
