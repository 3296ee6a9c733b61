. /payload/lib.sh
primary=0000:00:01.0 second=0000:00:07.0

# The system display device, before anything is touched, with all that is missing and how to get it.
guest='disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]'
vm_file refused <<Y
$guest
pci: ["$primary"]
Y
for command in run check; do
  expect_status 4 xenlaunch $command vm.yaml
  expect_line "cannot pass $primary: it is the system display device, and dom0 access to it is enabled; run .xenlaunch gpu disable-dom0-access $primary. and reboot the host$"
  expect_no_line "the display of the host is" # which is on a serial port here
  expect_line "cannot pass $primary: it is the system display device, and its vendor 1234 is not among system_display_vendors; .*/etc/xenlaunch/host.yaml$"
done
expect_status 0 xenlaunch run --dry-run vm.yaml
expect_line "note: a start would be refused: cannot pass $primary: it is the system display device"
expect_driver $primary bochs-drm

# A GPU that is not the system display device, but has a framebuffer on it.
vm_file refused <<Y
$guest
pci: ["$second"]
Y
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot pass $second: dom0 uses it through its driver bochs-drm: the framebuffer fb[0-9] is on it; .*gpu disable-dom0-access $second"
expect_driver $second bochs-drm

# A program that has the node open through which a display is driven.
exec 9<>/dev/dri/$(basename /sys/bus/pci/devices/$second/drm/card*)
expect_status 4 xenlaunch check vm.yaml
expect_line "bash \(process $$\) has /dev/dri/card[0-9] open"
exec 9>&-

# A settings file with mistakes is told like a VM file with mistakes, and obeyed where it has none.
mkdir -p /etc/xenlaunch
printf 'system_display_vendor: ["1234"]\npaths: {qemu: relative}\n' >/etc/xenlaunch/host.yaml
expect_status 4 xenlaunch check vm.yaml
expect_line "/etc/xenlaunch/host.yaml:1:1: system_display_vendor: "
expect_line "/etc/xenlaunch/host.yaml:2:15: paths.qemu: "
rm /etc/xenlaunch/host.yaml
