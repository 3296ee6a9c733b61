. /payload/lib.sh
. /payload/lives.sh
echo 'pci: ["0000:00:06.0"]' | idle_vm deaf
# Started each way: every command works on each.
expect_status 0 xenlaunch start vm.yaml
expect_status 4 xenlaunch stop deaf --timeout 2 --no-force
expect_line "cannot stop deaf: it did not power off within 2 s"
expect_state deaf running
expect_status 0 xenlaunch stop deaf --timeout 2
expect_line "destroyed, because it did not power off within 2 s"
bash /payload/after.sh || fail "stop left something behind"
start_vm
expect_state deaf running
expect_status 0 xenlaunch stop deaf --timeout 1
expect_end 0
start_vm
expect_status 0 xenlaunch destroy deaf
expect_end 0
bash /payload/after.sh || fail "destroy left something behind"
# A guest that is paused cannot answer, so nobody waits for it.
expect_status 0 xenlaunch start --paused vm.yaml
expect_state deaf paused
expect_status 4 xenlaunch stop deaf --no-force
expect_status 0 xenlaunch stop deaf
expect_line "it was paused and could not be asked"
