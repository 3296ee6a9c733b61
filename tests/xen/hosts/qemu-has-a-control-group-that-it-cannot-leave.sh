# QEMU and what is beside it are in a control group of their own, with limits. Whoever ends the VM kills all that is in it. Where
# there can be none a VM starts all the same, but not one with limits.
. /payload/lib.sh
truncate -s 1M disk.img
limited_vm() { # LIMITS [MORE-OF-DEVICE-MODEL]
  vm_file grouped <<Y
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hdc}, {image: "$PWD/disk.img", target: xvda}]
device_model: {limits: $1${2-}}
Y
}
group_of() { echo "/sys/fs/cgroup/xenlaunch-$domid"; }
qemu_now() { xenlaunch status --json grouped | jq -r .qemu.pid; }
# As one that QEMU has left there.
add_stray() {
  sleep 1000 &
  stray=$!
  echo $stray >"$(group_of)/cgroup.procs"
}
expect_all_gone() {
  expect_status 137 wait $stray
  [ ! -e "$(group_of)" ] || fail "$(group_of) is there"
}

xenlaunch host doctor --json >doctor.json || true
jq -e '.checks[] | select(.check == "control_groups").status == "ok"' doctor.json >/dev/null || fail "$(cat doctor.json)"
limited_vm "{tasks: 200, cpu_weight: 50}"
xenlaunch run --dry-run --format plan vm.yaml >plan.txt
expect_line "its control group can have at most 200 tasks, a processor weight of 50$" plan.txt
start_vm
group=$(group_of)
all=$(pgrep -f -- "( -xen-domid | qemu-xenstore )$domid " | sort -n)
[ "$(wc -l <<<"$all")" = 3 ] || fail "not a QEMU, what serves its disk and what is before xenstored: $all"
[ "$(sort -n "$group/cgroup.procs")" = "$all" ] || fail "$(sort -n "$group/cgroup.procs"), and not $all"
[ "$(cat "$group/pids.max" "$group/cpu.weight" | xargs)" = "200 50" ] || fail "$(head "$group/pids.max" "$group/cpu.weight")"
[ "$(tail -n 1 /proc/$launcher/cgroup)" = 0::/ ] || fail "the launcher is there, too: $(cat /proc/$launcher/cgroup)"
xenlaunch status grouped >output.txt
expect_line "group +/xenlaunch-$domid$"
add_stray
expect_status 0 xenlaunch destroy grouped
expect_all_gone

start_vm
add_stray
kill -KILL $launcher "$(qemu_now)"
expect_status 0 xenlaunch recover
expect_all_gone

# One that is root sees the groups, and can write to none, nor by way of other processes.
limited_vm "{tasks: 64}" ", user: root"
start_vm
qemu=$(qemu_now)
[ -e "/proc/$qemu/root$(group_of)/cgroup.procs" ] || fail "it does not see its group"
capabilities=$(awk '/^CapPrm:/ { print "0x" $2 }' "/proc/$qemu/status")
[ $((capabilities >> 19 & 1)) = 0 ] || fail "it has CAP_SYS_PTRACE: $capabilities"
if echo "$qemu" 2>/dev/null >"/proc/$qemu/root/sys/fs/cgroup/cgroup.procs"; then fail "it can leave its group"; fi
expect_status 0 xenlaunch destroy grouped
expect_end 0

# Who takes its place gets past its view of dom0's files neither way; for others of root's the second one is open.
: >/etc/of-dom0
cat >intruder <<'SH'
#!/bin/sh
case "$*" in *"-xen-domid "*) ;; *) exec /usr/libexec/xen-qemu-system-i386 "$@" ;; esac
for file in /etc/of-dom0 /proc/1/root/etc/of-dom0; do
  (echo "wrote $file" >$file) 2>/dev/null && echo "wrote $file"
done
echo "tried all"
exit 1
SH
chmod +x intruder
echo ours >/proc/1/root/etc/of-dom0
[ -s /etc/of-dom0 ] || fail "nobody gets there that way"
: >/etc/of-dom0
limited_vm "{tasks: 64}" ", user: root, path: $PWD/intruder"
expect_status 7 xenlaunch run vm.yaml
expect_line "tried all"
expect_no_line "wrote" /var/log/xenlaunch/grouped.log
[ ! -s /etc/of-dom0 ] || fail "$(cat /etc/of-dom0)"

# This kernel has no limits of memory.
limited_vm "{memory: 256MiB}"
expect_status 7 xenlaunch run vm.yaml
expect_line "cannot limit QEMU to 256 MiB of memory: dom0 has no controller memory for control groups"

umount /sys/fs/cgroup
trap 'mount -t cgroup2 cgroup2 /sys/fs/cgroup' EXIT
expect_status 7 xenlaunch run vm.yaml
expect_line "cannot limit what QEMU takes: .*, because /sys/fs/cgroup has no control groups of version 2; have them mounted there .*, or remove device_model.limits"
xenlaunch host doctor --json >doctor.json || true
jq -e '.checks[] | select(.check == "control_groups").status == "warning"' doctor.json >/dev/null || fail "$(cat doctor.json)"
sed -i /^device_model:/d vm.yaml
xenlaunch run --dry-run --format plan vm.yaml >plan.txt
expect_line "QEMU has no control group of its own, because /sys/fs/cgroup has no control groups of version 2$" plan.txt
start_vm
expect_no_line "warning" launcher.log
expect_status 0 xenlaunch destroy grouped
