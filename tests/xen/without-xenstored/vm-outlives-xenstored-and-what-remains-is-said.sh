# The last thing in this boot: a xenstored that is gone takes with it what dom0's kernel and tools know of each other. Beside
# QEMU is all that can be.
. /payload/lib.sh
. /payload/lives.sh
truncate -s 1M served.img
vm_file bereft <<Y
pci: ["0000:00:06.0"]
device_model: {restricted: true}
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}, {image: $PWD/served.img, target: xvda}]
Y
start_vm
kill -KILL "$(pgrep -x xenstored)"
wait_until 30 grep -q "warning: .*xenstored" launcher.log
expect_line "The guest goes on" launcher.log
kill -0 $launcher || fail "the launcher ended with xenstored"
beside=$(pgrep -f -- "( -machine xenpv | qemu-xenstore | qemu-broker )") || fail "nothing is beside QEMU"
[ "$(wc -w <<<"$beside")" = 3 ] || fail "beside QEMU are $beside"
qemu=$(pgrep -f "xen-qemu-system-i386 -xen-domid $domid ")
idle_vm other other.yaml </dev/null
expect_status 6 timeout 20 xenlaunch run other.yaml
expect_line "cannot connect to xenstored"
# Without it, too, the guest's end is the end of all that can be ended.
kill -TERM $launcher
expect_end 8
expect_line "restart the host: that gives back all of it" launcher.log
for process in $qemu $beside; do
  [ ! -e "/proc/$process" ] || fail "still there: $(tr '\0' ' ' <"/proc/$process/cmdline")"
done
