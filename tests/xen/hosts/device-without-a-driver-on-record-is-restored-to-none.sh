. /payload/lib.sh
card=0000:01:00.0
trap 'rm -f /etc/xenlaunch/host.yaml' EXIT
xenlaunch pci assign $card
xenstore-rm /libxl/pci/0000-01-00-0
# A stand-in for XenServer's tool, whose next boot hides the card.
mkdir -p /etc/xenlaunch boot
cp /payload/xen-cmdline boot/
printf 'paths: {xen_cmdline: %s/boot/xen-cmdline}\n' "$PWD" >/etc/xenlaunch/host.yaml
echo "com1=115200,8n1 console=com1" >boot/xen
echo "root=LABEL=root ro console=hvc0 xen-pciback.hide=(01:00.0)" >boot/dom0
expect_status 0 xenlaunch pci restore $card
expect_line "^$card has no driver now$"
expect_line "note: $card was given to no driver, since none is on record; .echo $card > /sys/bus/pci/drivers_probe"
expect_line "note: the next boot hides $card from dom0 again; .xenlaunch gpu enable-dom0-access $card"
expect_driver $card none
# What the message says to do does it.
echo $card >/sys/bus/pci/drivers_probe
expect_driver $card virtio-pci

# A record that names no driver is not followed.
xenlaunch pci assign $card
xenstore-write /libxl/pci/0000-01-00-0/driver_path /sys/bus/pci/drivers/../../../tmp
expect_status 6 xenlaunch pci restore $card
expect_line "the record of its former driver, /libxl/pci/0000-01-00-0/driver_path, holds '/sys/bus/pci/drivers/../../../tmp'"
expect_driver $card pciback
xenstore-write /libxl/pci/0000-01-00-0/driver_path /sys/bus/pci/drivers/virtio-pci
expect_status 0 xenlaunch pci restore $card
