# What `start` is told it tells its caller, not only the log.
. /payload/lib.sh
. /payload/lives.sh
echo 'device_model: {extra_args: ["-bogus"]}' | idle_vm wrong
expect_status 7 xenlaunch start vm.yaml
expect_line "error: cannot start QEMU: it exited with status 1 before it was ready: .*-bogus: invalid option"
expect_status 0 xenlaunch logs wrong
expect_line "error: cannot start QEMU"
expect_status 4 xenlaunch status wrong
