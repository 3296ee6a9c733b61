. /payload/lib.sh
. /payload/lives.sh
idle_vm twice </dev/null
expect_status 0 xenlaunch start vm.yaml
kill_launcher twice
expect_status 0 xenlaunch recover
kill -KILL "$(qemu_of twice)"
wait_until 30 is_gone twice
expect_status 0 xenlaunch logs twice
expect_line "QEMU ended \(how is not known: an earlier launcher had started it\) under the running guest"

# Both at once: nobody is there to notice, and the next start of the VM finishes what is left.
expect_status 0 xenlaunch start vm.yaml
first=$(domid_now twice)
qemu=$(qemu_of twice)
kill_launcher twice
kill -KILL "$qemu"
wait_until 20 bash -c "! kill -0 $qemu"
expect_state twice broken
expect_status 0 xenlaunch start vm.yaml
expect_line "an earlier launcher of twice was ended half-way: first giving back what it had taken"
[ "$(domid_now twice)" != "$first" ] || fail "it is the same domain"
expect_status 0 xenlaunch destroy twice
