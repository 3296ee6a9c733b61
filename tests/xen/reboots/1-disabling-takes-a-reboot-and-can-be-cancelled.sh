. /payload/lib.sh
. /payload/states.sh
mkdir -p /etc/xenlaunch /var/lib/xenbox/first
printf 'system_display_vendors: ["1234"]\nreturn_without_reset: driver\n' >/etc/xenlaunch/host.yaml
boot_files /var/lib/xenbox/first

expect_states enabled enabled
expect_status 4 xenlaunch check "$(gpu_vm)"
expect_line "dom0 access to it is enabled; run .xenlaunch gpu disable-dom0-access $gpu. and reboot the host$"
expect_line "the display of the host is enabled; run .xenlaunch host disable-display. and reboot the host$"

# Disabled and cancelled: as if nothing had been.
set_state disable_on_reboot gpu disable-dom0-access $gpu
expect_states disable_on_reboot enabled
grep -q "softdep bochs pre: xen-pciback" /etc/modprobe.d/xenlaunch.conf || fail "no softdep for the card's driver"
set_state enabled gpu enable-dom0-access $gpu
set_state enabled gpu enable-dom0-access $gpu
expect_states enabled enabled
boot_files after
diff -r /var/lib/xenbox/first after || fail "a cancelled change left something behind"

# What cannot be hidden.
expect_status 4 xenlaunch gpu disable-dom0-access 0000:00:10.0
expect_line "cannot disable dom0 access to 0000:00:10.0: it is no GPU but of class 010000; "

# Both for the next boot, asked for at once: they are made one after the other.
set_state disable_on_reboot host disable-display &
set_state disable_on_reboot gpu disable-dom0-access $gpu
wait $!
set_state disable_on_reboot host disable-display
expect_states disable_on_reboot disable_on_reboot
expect_status 4 xenlaunch check "$(gpu_vm)"
expect_line "dom0 access to it is disable_on_reboot; reboot the host$"
expect_line "the display of the host is disable_on_reboot; reboot the host$"
