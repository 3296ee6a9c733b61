. /payload/lib.sh
vm_file nics <<'Y'
nics:
  - {bridge: xenbr0}
  - {bridge: lo, script: /nowhere/vif-bridge}
Y
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot put a network card on xenbr0: dom0 has no network interface of that name; make the bridge with .ip link add name xenbr0 type bridge"
expect_line "cannot put a network card on lo: it is a network interface, but not a bridge"
expect_line "cannot run the script /nowhere/vif-bridge: No such file or directory"
expect_no_line "network card.*(xen-netback|tun)"
bash /payload/after.sh || fail "something is left of a VM that was refused"

# What is advised is enough.
ip link add name xenbr0 type bridge
ip link set xenbr0 up
trap 'ip link del xenbr0' EXIT
vm_file nics <<'Y'
nics: [{bridge: xenbr0, boot: false}]
Y
expect_status 0 xenlaunch check vm.yaml
rmmod xen-netback
trap 'ip link del xenbr0; modprobe xen-netback' EXIT
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot give the guest network cards: dom0's kernel has no xen-netback; load it with .modprobe xen-netback"
modprobe xen-netback

# A script that fails is undone with all before it.
cat >script <<'S'
#!/bin/bash
echo "$*" "$vif" "$INTERFACE" "$XENBUS_PATH" >>calls
[ "$1" != "$fails" ] || { echo "that is not possible" >&2; exit 7; }
/etc/xen/scripts/vif-bridge "$@"
S
chmod +x script
for fails in online add; do
  sed -i "2i cd $PWD; fails=$fails" script
  : >calls
  vm_file nics <<Y
nics: [{bridge: xenbr0, script: $PWD/script}]
Y
  expect_status 4 xenlaunch run vm.yaml
  expect_line "cannot put network card 0 on xenbr0: $PWD/script ended with status 7: that is not possible"
  cat calls
  expect_line "^online type_if=vif vif[0-9]+\.0 vif[0-9]+\.0-emu backend/vif/[0-9]+/0$" calls
  expect_line "^offline type_if=vif vif" calls
  expect_line "^remove type_if=tap vif" calls
  bash /payload/after.sh || fail "something is left of a VM whose script failed"
  sed -i 2d script
done
