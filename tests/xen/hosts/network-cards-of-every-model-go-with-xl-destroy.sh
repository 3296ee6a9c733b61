# xl runs the scripts and removes the nodes itself; the launcher finds nothing left to do.
. /payload/lib.sh
ip link add name xenbr0 type bridge
ip link set xenbr0 up
trap 'ip link del xenbr0' EXIT
vm_file models <<'Y'
nics:
  - {bridge: xenbr0}
  - {bridge: xenbr0, model: e1000, ip: 10.0.0.2, mtu: 1400}
  - {bridge: xenbr0, model: e1000e, trusted: false}
  - {bridge: xenbr0, model: virtio}
  - {bridge: xenbr0, model: none}
Y
start_vm
expect_status 0 xl network-list models
[ "$(wc -l <output.txt)" = 6 ] || fail "xl knows other network cards"
[ "$(ls /sys/class/net/xenbr0/brif | wc -l)" = 9 ] || fail "xenbr0 has other ports: $(ls /sys/class/net/xenbr0/brif)"
[ "$(cat /sys/class/net/vif"$domid".1/mtu /sys/class/net/vif"$domid".1-emu/mtu | sort -u)" = 1400 ] || fail "another MTU"
expect_status 0 xl destroy models
expect_end 0
expect_line "destroyed by another tool" launcher.log
expect_no_line "warning" launcher.log
[ -z "$(ls /sys/class/net/xenbr0/brif)" ] || fail "a port is left"
