# An integrated GPU of a host that has no video BIOS of it, with one from a file.
. /payload/lib.sh
from_config igd </dev/null
rom=/sys/bus/pci/devices/0000:00:02.0/rom
: >empty
mount --bind empty $rom
trap 'umount $rom' EXIT
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot pass 0000:00:02.0: its video BIOS reads as nothing .* name a file with its video BIOS as .romfile. in the VM file"

# One image of 512 bytes; without a right checksum the guest's firmware does not run it.
word() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8)))"; }
put() { dd of=igd.rom bs=1 seek=$(($1)) conv=notrunc status=none; }
truncate -s 512 igd.rom
printf '\x55\xaa\x01\xcb' | put 0
word 0x40 | put 0x18
{ printf PCIR; word 0x8086; word 0x0416; } | put 0x40
{ word 1; word 0; word 0x8000; } | put 0x50
printf 'A-ROM-OF-A-FILE' | put 0x60

sed -i 's|^  - "0000:00:02.0".*|  - {address: "0000:00:02.0", romfile: '"$PWD"'/igd.rom}|' vm.yaml
expect_status 0 xenlaunch run vm.yaml
expect_line "warning: .*igd.rom.* it is for 8086:0416, and the GPU is 8086:0412"
expect_guest_line "^00:02\.0 8086:0412 \[0300\]"
expect_guest_line "A-ROM-OF-A-FILE"
[ -z "$(find /run/xen /var/run/xen -name '*-xenlaunch-*')" ] || fail "something is left of what QEMU saw"
[ "$(head -c 2 igd.rom | od -An -tx1)" = " 55 aa" ] || fail "the ROM file was changed"
