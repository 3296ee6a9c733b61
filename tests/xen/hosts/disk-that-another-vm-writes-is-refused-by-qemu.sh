. /payload/lib.sh
qemu-img create -q -f qcow2 shared.qcow2 16M
for name in writer second; do
  vm_file $name $name.yaml <<Y
disks: [{image: "$PWD/shared.qcow2", format: qcow2, target: hda}]
Y
done
start_vm writer.yaml
expect_status 7 xenlaunch run second.yaml
expect_line "cannot start QEMU: it exited with status 1 before it was ready: .*lock"
kill -TERM $launcher
expect_end 0
rm shared.qcow2
expect_status 4 xenlaunch run second.yaml
expect_line "cannot use the disk image $PWD/shared.qcow2: No such file or directory"
