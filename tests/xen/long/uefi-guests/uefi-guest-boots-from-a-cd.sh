# A guest with UEFI firmware boots from a CD: GRUB, as an EFI program. The firmware is Debian 11's OVMF, which is not OvmfXen
# and supports Xen all the same; Debian 12's shows nothing.
. /payload/lib.sh
echo 'paths: {ovmf: /payload/uefi/OVMF.fd}' >>/etc/xenlaunch/host.yaml
vm_file uefi <<'Y'
firmware: ovmf
boot: [cdrom]
disks: [{image: /payload/uefi/grub.iso, type: cdrom, target: sda}]
Y
sed -i 's/64MiB/256MiB/; s/vga: none/vga: std/' vm.yaml
expect_status 0 xenlaunch check vm.yaml
expect_line "warning: .*/payload/uefi/OVMF.fd: it is not edk2's OvmfXen"
expect_status 0 timeout 400 xenlaunch run vm.yaml
expect_line "the guest powered off"
expect_guest_line GUEST-UP
expect_guest_line "^00:04.0 1234:1111"
expect_guest_line "platform efi"
expect_guest_line GUEST-DONE
