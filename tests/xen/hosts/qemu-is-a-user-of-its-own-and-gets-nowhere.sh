# Two VMs, one with the integrated GPU: each QEMU has a user and an empty root of its own, and who takes its place finds
# neither dom0's files nor the other VM's things. A disk that QEMU serves keeps it root, which is told.
. /payload/lib.sh
qemu_of() { # NAME
  xenlaunch status --json "$1" | jq -r .qemu.pid
}
expect_user() { # PID UID
  local ids
  ids=$(awk '/^(Uid|Gid|Groups|CapPrm):/ { $1 = ""; print }' "/proc/$1/status" | tr -s ' \n' ' ')
  [ "$ids" = " $2 $2 $2 $2 $2 $2 $2 $2 $2 0000000000000000 " ] || fail "process $1 is '$ids', not $2 alone"
}
expect_confined() { # NAME
  xenlaunch status --json "$1" | jq -e '.qemu.confinement | index("user") and index("root")' >/dev/null ||
    fail "$(xenlaunch status "$1")"
}
vm_file plain plain.yaml <<Y
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hdc}]
vnc: {socket: $PWD/vnc}
Y
sed -i 's/^platform:.*/platform: {vga: std}/' plain.yaml
xenlaunch run --dry-run --format plan plain.yaml >plan.txt
expect_line "QEMU is confined: .*, user, root folder$" plan.txt
start_vm plain.yaml
plain=$(qemu_of plain) plain_domid=$domid first=$launcher
expect_user "$plain" $((2100000000 + plain_domid))
expect_confined plain
[ "$(readlink "/proc/$plain/root")" = "/run/xen/root-xenlaunch-$plain_domid" ] || fail "its root is $(readlink "/proc/$plain/root")"
[ -z "$(ls -A "/proc/$plain/root/")" ] || fail "$(ls -lA "/proc/$plain/root/") is not empty"
# What it cannot open itself it is given.
expect_status 0 xenlaunch screenshot plain screen.png
/payload/tools/picture screen.png 50 50
expect_status 0 xenlaunch disk insert plain hdc /guests/grub.iso
expect_status 0 xenlaunch disk eject plain hdc

sed 's|grub.iso|grub-idle.iso|' /payload/configs/igd.yaml >igd.yaml
echo 'first_qemu_user: 1900000000' >>/etc/xenlaunch/host.yaml
start_vm igd.yaml
sed -i '/^first_qemu_user/d' /etc/xenlaunch/host.yaml
igd=$(qemu_of igd)
expect_user "$igd" $((1900000000 + domid))
expect_confined igd

things="/ /etc/shadow /etc/passwd /root /dev/mem /dev/xen/privcmd /dev/xen/xenbus /dev/xen/gntdev /dev/vda /dev/tty0 /dev/shm
  /proc/self/mem /sys/bus/pci/devices/0000:00:02.0/config /run/xenstored/socket /var/run/xenstored/socket /tmp $PWD/vnc"
for id in $plain_domid $domid; do things+=" /run/xen/qmp-libxl-$id /run/xen/qmp-xenlaunch-$id /run/xen/root-xenlaunch-$id"; done
for pair in "$plain $igd" "$igd $plain"; do
  # shellcheck disable=SC2086 # words
  expect_status 0 /payload/tools/intruder $pair $things
  [ "$(cat output.txt)" = tried ] || fail "who takes a QEMU's place gets somewhere"
done

# What it has others do goes with it, and its socket, too.
setpriv --reuid $((2100000000 + plain_domid)) --regid $((2100000000 + plain_domid)) --clear-groups sleep 600 &
stray=$!
is_its() { [ "$(stat -c %u "/proc/$stray")" = $((2100000000 + plain_domid)) ]; }
wait_until 20 is_its
[ -S vnc ] || fail "there is no screen"
expect_status 0 xenlaunch destroy plain
wait "$first" || true
! kill -0 "$plain" 2>/dev/null || fail "QEMU is still there"
! wait "$stray" || fail "a process of QEMU's user ended by itself"
[ ! -e vnc ] || fail "the socket of its screen is left"
expect_status 0 xenlaunch destroy igd
[ -z "$(ls -d /run/xen/root-* 2>/dev/null)" ] || fail "$(ls -ld /run/xen/root-*)"

truncate -s 1M disk.img
vm_file root <<Y
disks: [{image: "$PWD/disk.img", target: hda}]
Y
xenlaunch run --dry-run --json vm.yaml >plan.json
[ "$(jq -r '"\(.device_model.user) \(.device_model.root_because)"' plan.json)" = \
  "root it opens the image of the paravirtual disk hda when it has started" ] || fail "$(jq .device_model plan.json)"
