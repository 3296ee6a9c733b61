. /payload/lib.sh
. /payload/lives.sh
idle_vm later </dev/null
expect_status 0 xenlaunch start --paused vm.yaml
expect_state later paused
expect_status 0 xenlaunch unpause later
expect_state later running
expect_status 4 xenlaunch unpause later
expect_line "cannot unpause later: it is running"
wait_until 180 grep -q GUEST-DONE serial.log
expect_status 0 xenlaunch destroy later
