# Disks of files, raw and qcow2: QEMU, with a graphics card, is restricted to its domain, and another one serves them. What the
# guest writes is in the image, after a reboot the guest goes on with it, and when the launcher is killed, too. What serves them
# ends with QEMU, and QEMU with it.
. /payload/lib.sh
truncate -s 11M raw.img
qemu-img create -q -f qcow2 disk.qcow2 13M
from_config linux-direct-boot <<Y
pci: ["0000:00:06.0"]
device_model: {restricted: true}
disks:
  - {image: "$PWD/raw.img", target: hda}
  - {image: "$PWD/disk.qcow2", format: qcow2, target: hdb}
Y
sed -i 's/^on_reboot:.*/on_reboot: restart/' vm.yaml
quiet_linux disks=2 idle counter=xvda counter=xvdb
vm=linux-direct-boot
servers() { pgrep -f -- " -machine xenpv " || true; }
filters() { pgrep -f -- " qemu-xenstore " || true; }
has_none() { [ -z "$(servers)$(filters)" ]; }
# Once the guest has counted on from there.
counts() { # FROM
  count=$(head -c 16 raw.img | tr '\0' ' ')
  count=${count%% *}
  [ "${count:-0}" -gt "$1" ]
}
start_vm
wait_until 200 grep -q LINUX-IDLE serial.log
cat serial.log
expect_guest_line "06.0 1002:5046 \[0300\]"
expect_guest_line "DISK xvda 11534336"
expect_guest_line "DISK xvdb 13631488"
xenlaunch status --json $vm | jq -e '.qemu.confinement | index("domains")' >/dev/null || fail "$(xenlaunch status $vm)"
[ "$(servers | wc -l) $(filters | wc -l)" = "1 1" ] || fail "what serves disks: $(servers), filtered by $(filters)"
wait_until 60 counts 0

first=$(servers)
: >serial.log
expect_status 0 xenlaunch reboot $vm
wait_until 200 grep -q LINUX-IDLE serial.log
wait_until 60 counts "$count"
[ "$(servers | wc -l)" = 1 ] || fail "what serves disks: $(servers)"
[ "$(servers)" != "$first" ] || fail "what served the guest before its reboot is there"
group=$(xenlaunch status --json $vm | jq -r .qemu.control_group)
[ "$group" = "/xenlaunch-$(xl domid $vm)" ] && [ "$(wc -l <"/sys/fs/cgroup$group/cgroup.procs")" = 4 ] || fail "its control group is $group"
[ ! -e "/sys/fs/cgroup/xenlaunch-$domid" ] || fail "that of before its reboot is there"

first=$(servers)
kill -KILL $launcher
expect_status 0 xenlaunch recover
[ "$(servers)" = "$first" ] || fail "another one serves the disks: $(servers)"
wait_until 60 counts "$count"
expect_status 0 xenlaunch destroy $vm
wait_until 20 has_none
qemu-img check -q disk.qcow2 || fail "$(qemu-img check disk.qcow2)"
qemu-img dd -f qcow2 -O raw bs=512 count=1 if=disk.qcow2 of=sector
grep -qE "^[1-9][0-9]* " sector || fail "what was written to disk.qcow2 is not there: $(od -c sector | head -n 3)"

# Whoever is there, or comes, when what serves the disks has ended, ends the VM.
is_gone() { [ "$(xenlaunch list --json | jq length)" = 0 ]; }
is_told() { grep -q "$1; the guest is ended, too" "/var/log/xenlaunch/$vm.log"; }
start_vm
kill -TERM "$(servers)"
expect_status 7 wait $launcher
is_told "what serves the paravirtual disks exited with status 0" || fail "it is not told"
start_vm
kill -KILL "$(filters)"
expect_status 7 wait $launcher
is_told "what is between xenstored and the paravirtual disks was killed.*" || fail "it is not told"
has_none || fail "what served the disks is there"
: >serial.log
start_vm
wait_until 200 grep -q LINUX-IDLE serial.log
expect_status 0 xl destroy $vm
expect_end 0
expect_line "destroyed by another tool" launcher.log
has_none || fail "what served the disks is there"
start_vm
kill -KILL $launcher
expect_status 0 xenlaunch recover
kill -TERM "$(servers)"
wait_until 30 is_gone
is_told "what serves the paravirtual disks ended .how is not known.*" || fail "it is not told"
start_vm
kill -KILL $launcher
kill -KILL "$(servers)"
wait_until 20 has_none
expect_status 0 xenlaunch recover
wait_until 30 is_gone
is_told "what serves the paravirtual disks has ended" || fail "it is not told"
start_vm
kill -KILL $launcher
kill -KILL "$(filters)"
expect_status 0 xenlaunch recover
wait_until 30 is_gone
is_told "what is between xenstored and the paravirtual disks has ended" || fail "it is not told"
! grep -q "may not .* in xenstore" "/var/log/xenlaunch/$vm.log" || fail "what serves the disks is kept from something that it needs"
