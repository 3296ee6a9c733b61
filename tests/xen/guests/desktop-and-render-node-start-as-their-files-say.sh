# configs/desktop.yaml and configs/render-node.yaml, with the firmware's guest: what is on its PCI bus, and what is there of it
# in dom0.
. /payload/lib.sh
ip link add name xenbr0 type bridge
ip link set xenbr0 up
mkdir -p /srv
qemu-img create -q -f qcow2 /srv/desktop.qcow2 16M
truncate -s 16M /srv/render-node.img
trap 'ip link del xenbr0; rm -f /srv/desktop.qcow2 /srv/render-node.img' EXIT

from_config desktop </dev/null
expect_status 0 xenlaunch run vm.yaml
cat serial.log
expect_guest_line "^00:07\.0 1002:5046 \[0300\]"
expect_guest_line "^00:04\.0 1234:1111 \[0300\]"
expect_guest_line "^00:05\.0 1b36:000d \[0c03\]"
expect_guest_line "^00:1c\.0 8086:100e \[0200\]"
expect_guest_line "^00:1e\.0 8086:2668 \[0403\]"

rm serial.log
from_config render-node </dev/null
expect_status 0 xenlaunch run vm.yaml
cat serial.log
expect_line "0000:00:06.0 \(1002:5046\) was chosen as a GPU \(1002:5046\)"
expect_guest_line "^00:06\.0 1002:5046 \[0300\]"
[ "$(grep -c '\[0300\]' serial.log)" = 1 ] || fail "the guest has another graphics card"
