. /payload/lib.sh
. /payload/states.sh
[ -d /sys/firmware/efi ] || fail "the host was not booted by UEFI firmware"
dmesg | grep "efifb: framebuffer at" || fail "the firmware left no framebuffer on a card"
mkdir -p /etc/xenlaunch
printf 'system_display_vendors: ["1234"]\nreturn_without_reset: driver\n' >/etc/xenlaunch/host.yaml

# The driver of the card's own has taken over from the firmware's framebuffer.
expect_driver $gpu bochs-drm
expect_states enabled enabled

# As other tools do it, and people: nobody keeps Linux from the firmware's framebuffer.
set_state disable_on_reboot gpu disable-dom0-access $gpu
sed -i 's/console=com1,vga/console=com1/; s/console=tty0 //' /etc/default/grub.d/10-xenbox.cfg
update-grub
expect_states disable_on_reboot disable_on_reboot
