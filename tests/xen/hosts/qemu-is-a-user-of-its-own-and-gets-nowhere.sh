# Three VMs: one with disks that another QEMU serves, one whose QEMU serves them itself, one with the integrated GPU. Each QEMU has
# a user and a root of its own, with what it opens late, and who takes its place finds neither dom0's files nor another VM's
# things. The first is restricted to its domain, and so is one without such disks.
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
/payload/tools/intruder --listen 8080 >listening.txt &
listener=$!
ip link add name xenbr0 type bridge
trap 'kill $listener; ip link del xenbr0' EXIT
wait_until 20 grep -q listening listening.txt
truncate -s 1M disk.img
qemu-img create -q -f qcow2 disk.qcow2 2M
vm_file plain plain.yaml <<Y
disks:
  - {image: /guests/grub-idle.iso, type: cdrom, target: hdc}
  - {image: "$PWD/disk.img", target: hda}
  - {image: "$PWD/disk.qcow2", format: qcow2, target: xvdb}
nics: [{bridge: xenbr0}]
vnc: {socket: $PWD/vnc}
Y
sed -i 's/^platform:.*/platform: {vga: std}/' plain.yaml
xenlaunch run --dry-run --format plan plain.yaml >plan.txt
expect_line "QEMU is confined: .*, network, user, root folder, other domains$" plan.txt
expect_line "beside it, for the paravirtual disks: .* -machine xenpv .* -add-fd fd=512,set=0,opaque=hda .*" plan.txt
start_vm plain.yaml
plain=$(qemu_of plain) plain_domid=$domid first=$launcher
server_of() { pgrep -f -- " -xen-attach -xen-domid $1 " || true; } # DOMID
server=$(server_of "$plain_domid")
for process in "$plain" "$server"; do expect_user "$process" $((2100000000 + plain_domid)); done
expect_confined plain
xenlaunch status plain >output.txt
expect_line "QEMU +process $plain, confined: files, .*, user, root folder, other domains$"
expect_line "disks +process $server, confined: files, .*, user, root folder, xenstore$"
has_root() { # PID DOMID FILE...
  local process=$1 id=$2 group=$((2100000000 + $2)) files
  shift 2
  [ "$(readlink "/proc/$process/root")" = "/run/xen/root-xenlaunch-$id" ] || fail "its root is $(readlink "/proc/$process/root")"
  files=$(cd "/proc/$process/root" && find . -mindepth 1 -printf '%p %M %g\n' | sort)
  [ "$files" = "$(printf "%s $group\n" "$@")" ] || fail "$(ls -lAR "/proc/$process/root/")"
  for node in "/proc/$process/root/dev/xen"/*; do
    [ "$(stat -c %t:%T "$node")" = "$(stat -c %t:%T "/dev/xen/${node##*/}")" ] || fail "$node is another device"
  done
}
roots_with_disks=("./dev drwx--x---" "./dev/fdset drwx--x---" "./dev/fdset/0 ----------" "./dev/fdset/1 ----------"
  "./dev/xen drwx--x---" "./dev/xen/evtchn crw-rw----" "./dev/xen/gntdev crw-rw----" "./dev/xen/xenbus crw-rw----")
filter=/var/run/xen/xenstore-xenlaunch-$plain_domid
filtered_root=("${roots_with_disks[@]::7}" "./var drwx--x---" "./var/run drwx--x---" "./var/run/xen drwx--x---"
  ".$filter srw-rw----")
has_root "$server" "$plain_domid" "${filtered_root[@]}"
[ -z "$(ls -A "/proc/$plain/root/")" ] || fail "$(ls -lAR "/proc/$plain/root/")"
# It has them as backends, and nobody else gets their images.
serves() { # DOMID DISK...
  local id=$1 disk
  shift
  for disk; do
    [ "$(xenstore-read "/local/domain/0/backend/qdisk/$id/$disk/state")" = 2 ] || fail "QEMU does not serve $disk"
  done
}
serves "$plain_domid" 768 51728
vm_file thief thief.yaml <<Y
disks: [{image: "$PWD/disk.img", target: hda}]
Y
expect_status 4 xenlaunch run thief.yaml
expect_line "plain \(domain $plain_domid\) writes to it"
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

truncate -s 1M own.img
qemu-img create -q -f qcow2 own.qcow2 2M
vm_file itself itself.yaml <<Y
disks:
  - {image: "$PWD/own.img", target: hda}
  - {image: "$PWD/own.qcow2", format: qcow2, target: xvdb}
device_model: {restricted: false}
Y
igd_domid=$domid
start_vm itself.yaml
itself=$(qemu_of itself) itself_domid=$domid
expect_user "$itself" $((2100000000 + itself_domid))
[ -z "$(server_of "$itself_domid")" ] || fail "another QEMU serves its disks"
has_root "$itself" "$itself_domid" "${roots_with_disks[@]}"
serves "$itself_domid" 768 51728

things="/ /etc/shadow /etc/passwd /root /dev/mem /dev/xen/privcmd /dev/xen/xenbus /dev/xen/gntdev /dev/vda /dev/tty0 /dev/shm
  /proc/self/mem /sys/bus/pci/devices/0000:00:02.0/config /run/xenstored/socket /var/run/xenstored/socket /tmp $PWD/vnc
  @intruder tcp:8080"
for id in $plain_domid $igd_domid $itself_domid; do
  things+=" /run/xen/qmp-libxl-$id /run/xen/qmp-xenlaunch-$id /run/xen/root-xenlaunch-$id /var/run/xen/xenstore-xenlaunch-$id"
done
devices=
for pair in "$plain $igd" "$server $igd" "$igd $plain" "$itself $server"; do
  # shellcheck disable=SC2086 # words
  expect_status 0 /payload/tools/intruder $pair $things
  grep -vxE "could (open /dev/xen/(gntdev|xenbus)|connect to $filter)" output.txt >got.txt || true
  [ "$(cat got.txt)" = tried ] || fail "who takes a QEMU's place gets somewhere: $(cat got.txt)"
  devices+=" $(grep -c /dev/xen/ output.txt || true) $(grep -cF "connect to $filter" output.txt || true)"
done
[ "$devices" = " 0 0 1 1 1 0 2 0" ] ||
  fail "those with disks have more than xenbus, or what stands for it, the one that is restricted not even that:$devices"

# With a device, or disks that it serves, a QEMU can do to other domains what dom0 can. One that is restricted can not; what serves
# its disks has what guests grant, no hypercalls, and of xenstore what is of its disks.
for qemu in "$itself" "$igd"; do
  expect_status 0 /payload/tools/handles "$qemu" 0
  expect_line "could make hypercalls"
  expect_line "could talk to xenstored"
done
# Of the process that serves its own VM's disks it is the same user: it can end it, and look into it as little as into others.
# shellcheck disable=SC2086 # words
expect_status 0 /payload/tools/intruder $plain $server $things
[ "$(grep -vF -e /dev/xen/ -e "$filter" output.txt)" = "could signal process $server
tried" ] || fail "who takes QEMU's place gets into what serves its disks: $(cat output.txt)"
gets_nowhere() { # PID OTHER-DOMID
  expect_status 0 /payload/tools/handles "$1" "$2"
  expect_line "^tried [1-9]"
  [ "$(wc -l <output.txt)" = 1 ] || fail "by what it has open QEMU gets somewhere: $(cat output.txt)"
}
for other in 0 "$itself_domid"; do gets_nowhere "$plain" "$other"; done
expect_status 0 /payload/tools/handles "$server" 0
[ "$(sort -u output.txt | grep -v ^tried)" = "could map what other domains grant to dom0" ] ||
  fail "what serves the disks: $(cat output.txt)"
in_xenstore() { XENSTORED_PATH=$filter timeout 20 "xenstore-$1" "${@:2}"; }
backends=/local/domain/0/backend
[ "$(in_xenstore read "$backends/qdisk/$plain_domid/768/state")" = 2 ] || fail "it does not reach its own disk"
in_xenstore write "$backends/qdisk/$plain_domid/768/sectors" 2048 || fail "it cannot say how large its disk is"
for node in "$backends/qdisk/$itself_domid/768/state" "/local/domain/$itself_domid/name" /libxl/$plain_domid/device /tool/xenstored; do
  xenstore-ls "$node" >/dev/null || fail "there is no $node"
  ! in_xenstore read "$node" 2>error.txt || fail "what serves a disk reads $node"
done
for pair in "$backends/qdisk/$plain_domid/768/params aio:/dev/vda" "$backends/vbd/$plain_domid/768/physical-device 8:0" \
  "$backends/qdisk/$itself_domid/768/state 6" "/local/domain/$plain_domid/control/shutdown poweroff"; do
  # shellcheck disable=SC2086 # words
  ! in_xenstore write $pair 2>error.txt || fail "what serves a disk writes $pair"
done
! in_xenstore rm "$backends/qdisk/$itself_domid" 2>error.txt || fail "what serves a disk removes another's"
expect_line "what serves the paravirtual disks may not write '$backends/qdisk/$plain_domid/768/params' in xenstore" \
  /var/log/xenlaunch/plain.log
expect_status 0 xenlaunch destroy itself
plain_launcher=$first
# One that has stopped, as for a disk that is full, can go on.
for command in stop cont; do expect_status 0 xl qemu-monitor-command igd $command; done
is_running() { xl qemu-monitor-command igd "info status" | grep -q "VM status: running"; }
wait_until 20 is_running
vm_file alone alone.yaml <<Y
disks:
  - {image: /guests/grub-idle.iso, type: cdrom, target: hdc}
  - {image: "$PWD/nvme.img", target: nvme0}
vnc: {}
Y
sed -i 's/^serial:.*/serial: pty/' alone.yaml
sed -i 's/^platform:.*/platform: {vga: std}/' alone.yaml
truncate -s 1M nvme.img
xenlaunch run --dry-run --format plan alone.yaml >plan.txt
expect_line "QEMU is confined: .*, root folder, other domains$" plan.txt
start_vm alone.yaml
alone=$(qemu_of alone)
xenlaunch status --json alone | jq -e '.qemu.confinement | index("domains")' >/dev/null || fail "$(xenlaunch status alone)"
# Who listens at an address is in dom0's network.
expect_status 0 /payload/tools/intruder "$alone" "$igd" @intruder tcp:8080
[ "$(cat output.txt)" = "could connect to @intruder
could connect to tcp:8080
tried" ] || fail "in dom0's network: $(cat output.txt)"
for other in 0 "$plain_domid"; do gets_nowhere "$alone" "$other"; done
[ "$(xenstore-read "/local/domain/0/device-model/$domid/state")" = running ] || fail "its state is not told"
# Nor is it kept busy by the connection to xenstored that it has lost: the guest sleeps once it has booted.
spent() { awk '{ print $14 + $15 }' "/proc/$alone/stat"; }
is_idle() {
  local before
  before=$(spent)
  pause 1
  [ $(($(spent) - before)) -lt 20 ]
}
wait_until 90 is_idle
expect_status 0 xenlaunch screenshot alone screen.png
expect_status 0 xenlaunch disk insert alone hdc /guests/grub.iso
expect_status 0 xenlaunch destroy alone

# What it has others do goes with it, and its socket, too.
setpriv --reuid $((2100000000 + plain_domid)) --regid $((2100000000 + plain_domid)) --clear-groups sleep 600 &
stray=$!
is_its() { [ "$(stat -c %u "/proc/$stray")" = $((2100000000 + plain_domid)) ]; }
wait_until 20 is_its
[ -S vnc ] || fail "there is no screen"
expect_status 0 xenlaunch destroy plain
wait "$plain_launcher" || true
! kill -0 "$plain" 2>/dev/null || fail "QEMU is still there"
! wait "$stray" || fail "a process of QEMU's user ended by itself"
[ ! -e vnc ] || fail "the socket of its screen is left"
expect_status 0 xenlaunch destroy igd
[ -z "$(ls -d /run/xen/root-* 2>/dev/null)" ] || fail "$(ls -ld /run/xen/root-*)"

# The files that an image names are opened late: what serves the disk stays root, or QEMU where it serves it itself.
qemu-img create -q -f qcow2 -b "$PWD/disk.qcow2" -F qcow2 above.qcow2
vm_file linked linked.yaml <<Y
disks:
  - {image: "$PWD/above.qcow2", format: qcow2, target: hda}
  - {image: "$PWD/own.img", target: xvdb}
Y
xenlaunch run --dry-run --format plan linked.yaml >plan.txt
expect_line "beside it, for the paravirtual disks, as root, because an image names other files: .*" plan.txt
start_vm linked.yaml
linked=$(qemu_of linked)
expect_user "$linked" $((2100000000 + domid))
gets_nowhere "$linked" 0
serves "$domid" 768 51728
server=$(server_of "$domid")
[ "$(xenlaunch status --json linked | jq -r '.qemu.disk_server | "\(.pid) \(.confinement | index("user"))"')" = "$server null" ] ||
  fail "$(xenlaunch status linked)"
[ "$(stat -c %u "/proc/$server")" = 0 ] || fail "what serves the disk is another user"
expect_status 0 /payload/tools/handles "$server" 0
[ "$(sort -u output.txt | grep -v ^tried)" = "could map what other domains grant to dom0" ] ||
  fail "what serves the disk: $(cat output.txt)"
xenlaunch status linked >output.txt
expect_line "disks +process $server, confined: .*, xenstore$"
# It sees nothing of what listens in dom0's /run, and has the filter in the place of xenbus.
seen=$(ls -A "/proc/$server/root/run/")
[ -z "$seen" ] || fail "it sees $seen"
[ -S "/proc/$server/root/dev/xen/xenbus" ] || fail "it has xenbus"
# In the cage that is around every QEMU.
readonly_root=$(awk '$5 == "/" { print substr($6, 1, 2) }' "/proc/$server/mountinfo")
[ "$readonly_root" = ro ] || fail "it can write to dom0's files"
expect_status 0 xenlaunch destroy linked
[ -z "$(server_of "$domid")" ] || fail "what served the disk is there"
echo 'device_model: {restricted: false}' >>linked.yaml
xenlaunch run --dry-run --json linked.yaml >plan.json
[ "$(jq -r '"\(.device_model.user) \(.device_model.root_because)"' plan.json)" = \
  "root it serves the paravirtual disk hda, and opens the files that its image names when it has started" ] || fail "$(jq .device_model plan.json)"
