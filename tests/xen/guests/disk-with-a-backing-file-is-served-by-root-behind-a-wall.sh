# A disk of an image that names another one, by a relative name: what serves it stays root, and can open what it needs and little
# else. What the guest writes is in the image, and not in the one below.
. /payload/lib.sh
qemu-img create -q -f qcow2 base.qcow2 13M
qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 disk.qcow2
from_config linux-direct-boot <<Y
disks: [{image: "$PWD/disk.qcow2", format: qcow2, target: hda}]
device_model: {path: /usr/local/bin/tries-first}
Y
# Who takes its place can open nothing of dom0's, in neither way, and not its own log.
mkdir -p /usr/local/bin
cat >/usr/local/bin/tries-first <<'W'
#!/bin/sh
# It can make no process, so all of this is the shell's own.
case "$*" in *-xen-attach*)
  for file in /etc/shadow /dev/vda /proc/xen/privcmd /proc/self/environ /sys/bus/pci/drivers_probe; do
    true <$file && echo "OPENED $file"
    true >>$file && echo "WROTE $file"
  done 2>/dev/null
  true </dev/null && echo TRIED
esac
exec /usr/libexec/xen-qemu-system-i386 "$@"
W
chmod 755 /usr/local/bin/tries-first
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
seen=$(ls -A "/proc/$server/root/run/")
[ -z "$seen" ] || fail "it sees $seen"
grows() { [ "$(stat -c %s disk.qcow2)" -gt "$size" ]; }
wait_until 60 grows
expect_status 0 xenlaunch destroy $vm
grep -q TRIED "/var/log/xenlaunch/$vm.log" || fail "nothing was tried in its place"
! grep -E "OPENED|WROTE" "/var/log/xenlaunch/$vm.log" || fail "who takes its place opens files of dom0's"
! grep -iE "permission|may not" "/var/log/xenlaunch/$vm.log" || fail "it is kept from something that it needs"
[ "$(sha256sum <base.qcow2)" = "$before" ] || fail "the image below was written to"
qemu-img dd -f qcow2 -O raw bs=512 count=1 if=disk.qcow2 of=sector
grep -qE "^[1-9][0-9]* " sector || fail "what was written is not there: $(od -c sector | head -n 3)"
