# A graphics card, and an NVMe disk, whose driver wants MSI-X: their QEMU is restricted to its domain, and a process beside it
# asks Xen for what they need, and for nothing else. It outlives the launcher, and ends with QEMU.
. /payload/lib.sh
from_config linux-direct-boot <<'Y'
pci: ["0000:00:06.0", "0000:00:0b.0"]
device_model: {restricted: true}
Y
sed -i 's/^on_reboot:.*/on_reboot: restart/' vm.yaml
quiet_linux disks=1 idle
vm=linux-direct-boot
brokers() { pgrep -f ' qemu-broker ' || true; }
has_no_broker() { [ -z "$(brokers)" ]; }
start_vm
wait_until 200 grep -q LINUX-IDLE serial.log
cat serial.log
expect_guest_line "06.0 1002:5046 \[0300\]"
expect_guest_line "DISK nvme0n1 [1-9][0-9]*"
xenlaunch status --json $vm | jq -e '.qemu.confinement | index("domains")' >/dev/null || fail "$(xenlaunch status $vm)"
find_qemu() {
  qemu=$(xenlaunch status --json $vm | jq -r .qemu.pid)
  domid=$(xenlaunch status --json $vm | jq -r .domid)
}
find_qemu
[ "$(brokers | wc -l)" = 1 ] || fail "brokers: $(brokers)"
expect_no_way_out() {
  expect_status 0 /payload/tools/handles "$qemu" 0 "$domid"
  expect_line "^tried [3-9]"
  [ "$(wc -l <output.txt)" = 1 ] || fail "by what it has open QEMU gets somewhere: $(cat output.txt)"
}
expect_no_way_out
grep -q "QEMU may not map memory" "/var/log/xenlaunch/$vm.log" || fail "what it may not is not told"

# The guest's reboot takes a new one.
broker=$(brokers)
: >serial.log
expect_status 0 xenlaunch reboot $vm
wait_until 200 grep -q LINUX-IDLE serial.log
expect_guest_line "DISK nvme0n1 [1-9][0-9]*"
[ "$(brokers | wc -l)" = 1 ] || fail "brokers: $(brokers)"
[ "$(brokers)" != "$broker" ] || fail "the broker of a QEMU that is gone is there"
find_qemu
expect_no_way_out

broker=$(brokers)
kill -KILL $launcher
expect_status 0 xenlaunch recover
[ "$(brokers)" = "$broker" ] || fail "the broker is another one: $(brokers)"
expect_no_way_out
expect_status 0 xenlaunch destroy $vm
wait_until 20 has_no_broker

sed 's|grub.iso|grub-idle.iso|' /payload/configs/igd.yaml >igd.yaml
echo 'device_model: {restricted: true}' >>igd.yaml
expect_status 7 xenlaunch run igd.yaml
expect_line "cannot keep QEMU from other domains: .* OpRegion of the integrated GPU"
