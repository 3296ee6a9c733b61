. /payload/lib.sh
expect_status 5 xenlaunch pci assign 0000:01:00.0
expect_line "cannot put 0000:01:00.0 into Xen's quarantine: .*no IOMMU"
[ "$(driver_of 0000:01:00.0)" = virtio-pci ] || fail "the card is not with its driver"
