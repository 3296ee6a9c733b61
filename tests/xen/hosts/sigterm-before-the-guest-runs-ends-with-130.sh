. /payload/lib.sh
printf '#!/bin/sh\nexec sleep 1000\n' >hangs
chmod +x hangs
vm_file early <<Y
pci: ["0000:00:06.0"]
device_model: {path: $PWD/hangs}
Y
xenlaunch run -v vm.yaml >launcher.log 2>&1 &
launcher=$!
wait_until 180 grep -q "wait until QEMU is ready" launcher.log
kill -TERM $launcher
expect_end 130
expect_line "before the guest ran" launcher.log
