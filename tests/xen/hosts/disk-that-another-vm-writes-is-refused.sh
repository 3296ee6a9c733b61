. /payload/lib.sh
qemu-img create -q -f qcow2 shared.qcow2 16M
use() { # NAME TARGET [MORE]
  vm_file "$1" "$1.yaml" <<Y
disks: [{image: "$PWD/shared.qcow2", format: qcow2, target: $2${3:-}}]
Y
}
# A paravirtual disk is found in xenstore, before anything is touched.
use writer xvda
use second hda
start_vm writer.yaml
expect_status 4 xenlaunch run second.yaml
expect_line "cannot use the image $PWD/shared.qcow2: writer \\(domain $domid\\) writes to it; stop that VM"
use second xvda
expect_status 4 xenlaunch check second.yaml
kill -TERM $launcher
expect_end 0
expect_status 0 xenlaunch check second.yaml
# QEMU has no read-only paravirtual disk.
use second xvda ", readonly: true"
expect_status 4 xenlaunch check second.yaml
expect_line "cannot use the disk image $PWD/shared.qcow2: only dom0's xen-blkback serves a read-only disk"
# What only QEMU knows of, QEMU refuses.
use writer nvme0
use second nvme0
start_vm writer.yaml
expect_status 7 xenlaunch run second.yaml
expect_line "cannot start QEMU: it exited with status 1 before it was ready: .*lock"
kill -TERM $launcher
expect_end 0
rm shared.qcow2
expect_status 4 xenlaunch run second.yaml
expect_line "cannot use the disk image $PWD/shared.qcow2: No such file or directory"
