. /payload/lib.sh
medium() { # NAME BYTES
  echo "$1" >"$1.iso"
  truncate -s "$2" "$1.iso"
}
medium one 4096
medium two 8192
medium held 6144
medium device 10240
loop=$(losetup --read-only --find --show device.iso)
trap 'losetup -d "$loop" 2>/dev/null || true' EXIT
from_config linux-direct-boot <<'Y'
disks: [{type: cdrom, target: hdc}]
Y
quiet_linux_from_disk disks=2 idle watch-cd
vm=linux-direct-boot
# Last: between two media it may see the drive empty.
guest_says() { # WHAT
  [ "$(tr -d '\r' <serial.log | grep '^CD ' | tail -n 1)" = "CD $1" ]
}
start_vm
wait_until 200 grep -q LINUX-IDLE serial.log
wait_until 120 guest_says none

expect_status 0 xenlaunch disk insert $vm hdc "$PWD/one.iso"
expect_line "$vm: inserted"
wait_until 120 guest_says "one 4096"
expect_status 0 xenlaunch disk insert $vm hdc "$loop"
wait_until 120 guest_says "device 10240"
expect_status 0 xenlaunch disk insert $vm hdc "$PWD/two.iso"
wait_until 120 guest_says "two 8192"
losetup -d "$loop"
[ -z "$(losetup -a)" ] || fail "QEMU has it open: $(losetup -a)"
expect_status 0 xenlaunch disk eject --json $vm hdc
[ "$(jq -r .result output.txt)" = ejected ] || fail "no result in JSON"
wait_until 120 guest_says none
expect_status 0 xenlaunch disk eject $vm hdc # empty it stays

# A medium that the guest keeps open.
expect_status 0 xenlaunch disk insert $vm hdc "$PWD/held.iso"
wait_until 120 guest_says "held 6144"
expect_status 7 xenlaunch disk eject $vm hdc
expect_line "cannot eject what is in hdc: the guest holds the tray locked"
expect_status 7 xenlaunch disk insert $vm hdc "$PWD/one.iso"
expect_status 0 xenlaunch disk eject --force $vm hdc
wait_until 120 guest_says none

expect_status 4 xenlaunch disk insert $vm hdc "$PWD/none.iso"
expect_line "cannot use the CD-ROM image $PWD/none.iso: No such file or directory"
expect_status 4 xenlaunch disk eject $vm hda
expect_line "hda is not one; its CD-ROM drives are hdc"
expect_status 2 xenlaunch disk insert $vm hdc one.iso
expect_status 0 xenlaunch list
expect_line "running"
kill -TERM $launcher
expect_end 0
expect_status 4 xenlaunch disk eject $vm hdc
expect_line "xenlaunch has no VM"
