# On a host booted with iommu=off.
. /payload/lib.sh
vm_file no-iommu <<'Y'
pci: ["0000:00:06.0"]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
expect_status 5 xenlaunch run -v vm.yaml
expect_line "cannot pass PCI devices: Xen uses no IOMMU"
expect_no_line "bind 0000:00:06.0"
