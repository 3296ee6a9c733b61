. /payload/lib.sh
expect_status 5 xenlaunch pci assign 0000:01:00.0
expect_line "cannot assign 0000:01:00.0 to pciback: Xen uses no IOMMU, since .iommu=off. on its command line switches it off; take that "
expect_driver 0000:01:00.0 virtio-pci

# The list of GPUs, the doctor and check say the same.
[ "$(xenlaunch gpu list --json | jq 'all(.[]; any(.findings[]; .code == "no_iommu"))')" = true ] ||
  fail "gpu list does not say that there is no IOMMU: $(xenlaunch gpu list --json)"
[ "$(xenlaunch host doctor --json | jq '[.findings[] | select(.code == "no_iommu")] | length')" = 1 ] ||
  fail "the doctor's findings do not say that there is no IOMMU: $(xenlaunch host doctor --json)"
