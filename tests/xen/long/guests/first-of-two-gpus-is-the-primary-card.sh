# Two GPUs in one VM: the card that the guest's firmware starts is the one that was told. Its video BIOS is what is at 0xc0000.
. /payload/lib.sh
starts_with() { # GUEST-ADDRESS HOST-ADDRESS NAME
  [ "$(xenlaunch run --dry-run --json vm.yaml 2>/dev/null | jq -r '.video_card.primary | "\(.guest_address) \(.address)"')" = "$1 $2" ] ||
    fail "another one is told"
  rm -f serial.log
  expect_status 0 xenlaunch run vm.yaml
  expect_line "the guest's primary card is $3 \(guest $1\)"
  cat serial.log
  expect_guest_line "^00:06\.0 1002:5046 \[0300\]"
}

# An integrated and a discrete one, which has a slot behind it whatever its place in the file.
rom_file igd.rom
vm_file integrated <<Y
pci: ["0000:00:06.0", {address: "0000:00:02.0", romfile: "$PWD/igd.rom"}]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
starts_with 02.0 0000:00:02.0 0000:00:02.0
expect_guest_line "^00:02\.0 8086:0412 \[0300\]"
expect_guest_line "A-ROM-OF-A-FILE"

# Two discrete ones: that which is no VGA controller is none that firmware starts.
vm_file discrete <<'Y'
pci: [{address: "0000:01:00.0", slot: "06"}, {address: "0000:00:06.0", slot: "07"}]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
expect_status 0 xenlaunch run --dry-run --format=plan vm.yaml
expect_line "^discrete: primary card 0000:00:06.0 \(guest 07.0\)"

# An emulated card is before one that is passed. What is here of the passed one's video BIOS is all zeros.
vm_file emulated <<'Y'
pci: ["0000:00:06.0"]
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
sed -i 's/^platform:.*/platform: {vga: std}/' vm.yaml
starts_with 04.0 null "the emulated Standard_VGA"
expect_guest_line "^00:04\.0 1234:1111 \[0300\]"
expect_guest_line "^000c0060 .*[1-9a-f]"
expect_no_line "^000c0070( +00){16}" serial.txt
