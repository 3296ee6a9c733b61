. /payload/lib.sh
expect_status 5 xenlaunch pci assign 0000:01:00.0
expect_line "cannot put 0000:01:00.0 into Xen's quarantine: .*no IOMMU"
expect_driver 0000:01:00.0 virtio-pci
