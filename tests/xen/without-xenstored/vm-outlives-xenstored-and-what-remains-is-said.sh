# The last thing in this boot: a xenstored that is gone takes with it what dom0's kernel and tools know of each other.
. /payload/lib.sh
. /payload/lives.sh
echo 'pci: ["0000:00:06.0"]' | idle_vm bereft
start_vm
kill -KILL "$(pgrep -x xenstored)"
wait_until 30 grep -q "warning: .*xenstored" launcher.log
expect_line "The guest goes on" launcher.log
kill -0 $launcher || fail "the launcher ended with xenstored"
qemu=$(pgrep -f "xen-qemu-system-i386 -xen-domid $domid ")
idle_vm other other.yaml </dev/null
expect_status 6 timeout 20 xenlaunch run other.yaml
expect_line "cannot connect to xenstored"
# Without it, too, the guest's end is the end of all that can be ended.
kill -TERM $launcher
expect_end 8
expect_line "restart the host: that gives back all of it" launcher.log
[ ! -e "/proc/$qemu" ] || fail "QEMU is still there"
