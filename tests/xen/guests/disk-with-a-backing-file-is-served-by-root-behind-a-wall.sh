# A disk of an image that names another one, by a relative name: what serves it stays root, and can open what it needs and little
# else. What the guest writes is in the image, and not in the one below.
. /payload/lib.sh
qemu-img create -q -f qcow2 base.qcow2 13M
qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 disk.qcow2
from_config linux-direct-boot <<Y
disks: [{image: "$PWD/disk.qcow2", format: qcow2, target: hda}]
Y
quiet_linux disks=1 idle counter=xvda
vm=linux-direct-boot
before=$(sha256sum <base.qcow2) size=$(stat -c %s disk.qcow2)
start_vm
wait_until 200 grep -q LINUX-IDLE serial.log
expect_guest_line "DISK xvda 13631488"
xenlaunch status --json $vm >status.json
[ "$(jq -c '[.qemu.disk_server.confinement[] | select(. == "user" or . == "xenstore")]' status.json)" = '["xenstore"]' ] ||
  fail "$(jq .qemu status.json)"
server=$(jq .qemu.disk_server.pid status.json)
[ -z "$(ls -A "/proc/$server/root/run/")" ] || fail "it sees $(ls -lA "/proc/$server/root/run/")"
grows() { [ "$(stat -c %s disk.qcow2)" -gt "$size" ]; }
wait_until 60 grows
expect_status 0 xenlaunch destroy $vm
! grep -iE "permission|may not" "/var/log/xenlaunch/$vm.log" || fail "it is kept from something that it needs"
[ "$(sha256sum <base.qcow2)" = "$before" ] || fail "the image below was written to"
qemu-img dd -f qcow2 -O raw bs=512 count=1 if=disk.qcow2 of=sector
grep -qE "^[1-9][0-9]* " sector || fail "what was written is not there: $(od -c sector | head -n 3)"
