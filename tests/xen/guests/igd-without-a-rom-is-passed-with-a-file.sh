# An integrated GPU of a host that has no video BIOS of it, with one from a file.
. /payload/lib.sh
from_config igd </dev/null
rom=/sys/bus/pci/devices/0000:00:02.0/rom
: >empty
mount --bind empty $rom
trap 'umount $rom' EXIT
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot pass 0000:00:02.0: its video BIOS reads as nothing .* name a file with its video BIOS as .romfile. in the VM file"

rom_file igd.rom
sed -i 's|^  - "0000:00:02.0".*|  - {address: "0000:00:02.0", romfile: '"$PWD"'/igd.rom}|' vm.yaml
expect_status 0 xenlaunch run vm.yaml
expect_line "warning: .*igd.rom.* it is for 8086:0416, and the GPU is 8086:0412"
expect_guest_line "^00:02\.0 8086:0412 \[0300\]"
expect_guest_line "A-ROM-OF-A-FILE"
[ -z "$(find /run/xen /var/run/xen -name '*-xenlaunch-*')" ] || fail "something is left of what QEMU saw"
[ "$(head -c 2 igd.rom | od -An -tx1)" = " 55 aa" ] || fail "the ROM file was changed"
