# A card with a ROM from a file, a card with all its functions, and one that is not there, each where the VM file says.
. /payload/lib.sh
# 1024 bytes: 55 aa, a far return as its program; at 1c PCIR, the ids of the network card, two units of 512 bytes, the
# last image. Not of a graphics card, in whose place Linux reads what the guest's firmware has made of it.
{
  printf '\x55\xaa\x02\xcb'
  head -c 20 /dev/zero
  printf '\x1c\x00\x00\x00PCIR\x86\x80\x0e\x10\x00\x00\x18\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x80\x00\x00'
  head -c 972 /dev/urandom
} >card.rom
[ "$(stat -c %s card.rom)" = 1024 ] || fail "card.rom has $(stat -c %s card.rom) bytes"
from_config linux-direct-boot <<Y
pci:
  - {address: "0000:00:06.0", slot: "08", permissive: true}
  - {address: "0000:00:0a.0", functions: all, slot: "07", romfile: "$PWD/card.rom"}
  - {address: "0000:7f:00.0", optional: true}
Y
quiet_linux roms

head -c 512 card.rom | sed 's/PCIR/pcir/' >other.rom
sed 's/card.rom/other.rom/' vm.yaml >bad.yaml
expect_status 4 xenlaunch check bad.yaml
expect_line "cannot use the romfile $PWD/other.rom: the image at byte 0 has no PCI data structure"
sed 's/permissive: true/strict_reset: true/' vm.yaml >strict.yaml
expect_status 4 xenlaunch check strict.yaml
expect_line "cannot pass 0000:00:06.0: it cannot be reset"

expect_status 0 timeout 200 xenlaunch run vm.yaml
expect_line "warning: 0000:7f:00.0: there is no such device"
cat serial.log
expect_guest_line "08.0 1002:5046 \[0300\]"
expect_guest_line "07.0 8086:100e \[0200\]"
expect_guest_line "07.1 8086:100e \[0200\]"
expect_guest_line "ROM 00:07.0 $(md5sum <card.rom | cut -d' ' -f1)"
! ls /run/xen/resources-xenlaunch-* 2>/dev/null || fail "QEMU's view of the resources is left"
expect_driver 0000:00:0a.0 e1000
expect_driver 0000:00:0a.1 e1000
