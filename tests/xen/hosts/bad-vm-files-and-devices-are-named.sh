. /payload/lib.sh
vm_file gone <<'Y'
pci: ["0000:00:1e.0"]
Y
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot pass 0000:00:1e.0: there is no such device"
vm_file twice <<'Y'
pci: ["0000:00:06.0", "00:06.0"]
Y
expect_status 3 xenlaunch run vm.yaml
expect_line "vm.yaml:[0-9]+:[0-9]+: pci\[1\].*twice"
expect_status 3 xenlaunch run missing.yaml
expect_line "cannot read VM file missing.yaml: No such file or directory"
mkdir directory
expect_status 3 xenlaunch run directory
head -c 4096 /dev/urandom >binary.yaml
expect_status 3 xenlaunch run binary.yaml
head -c 10000000 /dev/zero | tr '\0' ' ' >huge.yaml
expect_status 3 xenlaunch run huge.yaml
expect_line "at most 1 MiB"
mkfifo pipe.yaml
expect_status 3 timeout 20 xenlaunch run pipe.yaml
chmod 755 .
vm_file unreadable </dev/null
chmod 600 vm.yaml
expect_status 3 setpriv --reuid 65534 --regid 65534 --clear-groups /payload/bin/xenlaunch run "$PWD/vm.yaml"
expect_line "Permission denied"
chmod 644 vm.yaml
expect_status 5 setpriv --reuid 65534 --regid 65534 --clear-groups /payload/bin/xenlaunch run "$PWD/vm.yaml"
expect_line "cannot talk to the Xen hypervisor"
