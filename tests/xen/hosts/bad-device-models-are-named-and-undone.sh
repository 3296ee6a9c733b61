. /payload/lib.sh
attempt() { # STATUS PATTERN PATH
  vm_file bad <<Y
pci: ["0000:00:06.0"]
device_model: {path: $3}
Y
  expect_status "$1" xenlaunch run --ready-timeout 3 vm.yaml
  expect_line "$2"
  bash /payload/after.sh || fail "something is left behind by $3"
}
attempt 7 "cannot run QEMU /nowhere/qemu: No such file" /nowhere/qemu
printf '#!/bin/sh\necho first; echo "no such card" >&2; exit 3\n' >dies
printf '#!/bin/sh\nexec sleep 1000\n' >hangs
echo "no program" >text
chmod +x dies hangs text
attempt 7 "cannot start QEMU: it exited with status 3 before it was ready: first; no such card" "$PWD/dies"
attempt 7 "cannot start QEMU: it was not ready within 3 s" "$PWD/hangs"
attempt 7 "cannot run $PWD/text: Exec format error" "$PWD/text"
