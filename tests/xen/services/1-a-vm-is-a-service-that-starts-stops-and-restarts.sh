. /payload/lib.sh
. /payload/services.sh
install_services

# What serves its disk and its network card is not there yet, and udev has it loaded, as for a domain of xl's.
drivers=/sys/bus/xen-backend/drivers
[ ! -e $drivers/vbd ] && [ ! -e $drivers/vif ] || fail "there already: $(ls $drivers)"
truncate -s 1M backing.img
loop=$(losetup --find --show backing.img)
ip link add name xenbr0 type bridge
ip link set xenbr0 up
vm_file served <<Y
disks: [{image: $loop, target: xvda}]
nics: [{bridge: xenbr0, model: none}]
device_model: {limits: {memory: 512MiB, tasks: 300, cpu_weight: 50}}
Y
expect_status 0 xenlaunch start vm.yaml
domid=$(domid_of served)
[ -e "$drivers/vbd/vbd-$domid-51712" ] || fail "dom0's kernel does not serve the disk"
[ -e "$drivers/vif/vif-$domid-0" ] || fail "dom0's kernel does not serve the network card"
# Its QEMU has a scope of its own, which ends with it.
scope=xenlaunch-$domid.scope
group=/sys/fs/cgroup/machine.slice/$scope
[ "$(xenlaunch status --json served | jq -r .qemu.control_group)" = "/machine.slice/$scope" ] || fail "$(xenlaunch status served)"
expect_property "$scope" ActiveState active
expect_property "$scope" Description "QEMU of the VM served"
[ "$(cat $group/cgroup.procs)" = "$(xenlaunch status --json served | jq .qemu.pid)" ] || fail "in it: $(cat $group/cgroup.procs)"
[ "$(cd $group && cat memory.max pids.max cpu.weight | xargs)" = "$((512 << 20)) 300 50" ] || fail "$(head $group/*.max $group/cpu.weight)"
[[ " $(property "$scope" Before) " = *" xenbox.service "* ]] || fail "it ends before us: $(property "$scope" Before)"
expect_status 0 systemctl set-property --runtime "$scope" TasksMax=400
[ "$(cat $group/pids.max)" = 400 ] || fail "systemctl does not limit it"
# As one that QEMU has left there: it is ended with the group.
sleep 1000 &
echo $! >$group/cgroup.procs
expect_status 0 xenlaunch destroy served
expect_status 137 wait $!
[ ! -e $group ] || fail "the scope's control group is still there"
scope_is_gone() { [ "$(property "$scope" LoadState)" = not-found ]; }
wait_until 20 scope_is_gone

# So has one without limits, but in a unit that was made for it.
sed -i /^device_model:/d vm.yaml
expect_status 0 xenlaunch start vm.yaml
[ "$(xenlaunch status --json served | jq -r .qemu.control_group)" = "/machine.slice/xenlaunch-$(domid_of served).scope" ] || fail "$(xenlaunch status served)"
expect_status 0 xenlaunch destroy served
systemd-run --quiet --scope --unit=made xenlaunch run --dry-run --format plan vm.yaml >plan.txt
expect_line "QEMU has no control group of its own, because xenlaunch runs in made.scope, which was made for it$" plan.txt
expect_status 0 systemd-run --quiet --scope --unit=made xenlaunch start vm.yaml
[ "$(xenlaunch status --json served | jq -r .qemu.control_group)" = "/system.slice/made.scope" ] || fail "$(xenlaunch status served)"
expect_status 0 xenlaunch destroy served
losetup -d "$loop"
ip link del xenbr0
modprobe -r xen-blkback xen-netback

# Comes back when the guest runs.
expect_status 0 systemctl start xenlaunch@left
expect_running left
expect_driver $left_device pciback
xenlaunch status --json left | jq -e '.qemu.confinement | index("domains")' >/dev/null || fail "$(xenlaunch status left)"
# A unit sees no modules of the kernel's, so they have to be loaded before it.
[ -e $drivers/vbd ] && [ -e $drivers/vif ] || fail "the unit has not loaded the drivers: $(ls $drivers)"
# Tenths of 10.
expect_status 0 systemd-analyze security --no-pager --threshold=49 xenlaunch@left
[ -e /var/log/xenlaunch/left.log ] || fail "no log"
first=$(domid_of left)

# Asked over its PV node, the guest ends by itself long before it would be destroyed.
wait_until 200 guest_is_up left
start=$SECONDS
expect_status 0 systemctl stop xenlaunch@left
[ $((SECONDS - start)) -lt 60 ] || fail "the stop took $((SECONDS - start)) s"
expect_stopped left
journalctl -b --no-pager -u xenlaunch@left >journal
expect_line "domain $first runs" journal
expect_line "the guest powered off" journal
bash /payload/after.sh || fail "the stop left something behind"

# A guest that reboots, and whose VM file says on_reboot: destroy, comes back as a new start of the service.
forget_serial left
expect_status 0 systemctl start xenlaunch@left
first=$(domid_of left)
wait_until 200 guest_is_up left
xenstore-write "/local/domain/$first/control/shutdown" reboot
restarted() { [ "$(property xenlaunch@left NRestarts)" = 1 ] && [ "$(property xenlaunch@left ActiveState)" = active ]; }
wait_until 180 restarted
expect_running left
[ "$(domid_of left)" != "$first" ] || fail "domain $first is still there"

# A launcher that is killed: systemd ends QEMU, and what is left of the VM is undone, before the unit has failed.
qemu=$(pgrep -f "xen-qemu-system-i386 -xen-domid $(domid_of left) ")
grep -q "/xenlaunch@left.service$" "/proc/$qemu/cgroup" || fail "its cgroup is another one: $(cat "/proc/$qemu/cgroup")"
kill -KILL "$(property xenlaunch@left MainPID)"
failed() { [ "$(property xenlaunch@left ActiveState)" = failed ]; }
wait_until 180 failed
expect_property xenlaunch@left Result signal
[ ! -e "/proc/$qemu" ] || fail "QEMU outlived the service"
bash /payload/after.sh || fail "the killed launcher left something behind"
systemctl reset-failed xenlaunch@left

expect_status 0 systemctl enable xenlaunch@left xenlaunch@right
forget_serial left right
