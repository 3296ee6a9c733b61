. /payload/lib.sh
# A VM has it, which our launcher or xl made.
vm_file owner <<'Y'
pci: ["0000:00:06.0"]
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
start_vm
for command in assign restore; do
  expect_status 4 xenlaunch pci $command 0000:00:06.0
  expect_line "cannot $command 0000:00:06.0 to .*: owner \(domain $domid\) has it"
done
kill -TERM $launcher
expect_end 0
xl pci-assignable-add 00:06.0
cat >xl.cfg <<'C'
name = "xl-owner"
type = "hvm"
memory = 64
vnc = 0
vkb_device = 0
pci = ["00:06.0"]
C
xl create -p xl.cfg
expect_status 4 xenlaunch pci restore 0000:00:06.0
expect_line "cannot restore 0000:00:06.0 to its driver: xl-owner \(domain [0-9]+\) has it"
expect_driver 0000:00:06.0 pciback
xl destroy xl-owner
expect_status 0 xenlaunch pci restore 0000:00:06.0
expect_line "^0000:00:06.0 has no driver now$"

# A GPU that dom0 shows something on, the system display device, a bridge, nothing at all.
expect_status 4 xenlaunch pci assign 0000:00:07.0
expect_line "cannot assign 0000:00:07.0 to pciback: dom0 uses it through its driver bochs-drm: the framebuffer fb[0-9] is on it"
expect_status 4 xenlaunch pci assign 0000:00:01.0
expect_line "cannot assign 0000:00:01.0 to pciback: it is the system display device, and dom0 access to it is enabled"
expect_status 4 xenlaunch pci assign 0000:00:08.0
expect_line "cannot assign 0000:00:08.0 to pciback: it is a bridge \(class 060400\)"
for command in assign restore; do
  expect_status 4 xenlaunch pci $command 0000:00:1e.0
  expect_line "cannot $command 0000:00:1e.0 to .*: there is no such device; .xenlaunch pci list. shows"
done

# Another launcher is at it.
flock /run/xenlaunch/.locks/pci-0000:01:00.0.lock sleep 1000 &
wait_until 10 bash -c '! flock -n /run/xenlaunch/.locks/pci-0000:01:00.0.lock true'
expect_status 4 xenlaunch pci assign 0000:01:00.0
expect_line "cannot assign 0000:01:00.0 to pciback: .* holds it"
pkill -x sleep

rmmod xen-pciback
trap 'modprobe xen-pciback' EXIT
expect_status 4 xenlaunch pci assign 0000:01:00.0
expect_line "cannot assign 0000:01:00.0 to pciback: pciback is not there; load it with .modprobe xen-pciback"
