. /payload/lib.sh
. /payload/states.sh
mkdir -p /etc/xenlaunch /var/lib/xenbox/first
printf 'system_display_vendors: ["1234"]\n' >/etc/xenlaunch/host.yaml
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

# A full disk, where grub.cfg is and where our settings go; a script of the user's that fails; a kill: the old
# configuration each time.
no_space_in() { # FOLDER SIZE PATTERN-OF-THE-MESSAGE
  local files=()
  mapfile -t files < <(find "$1" -maxdepth 1 -type f)
  mkdir -p files
  cp -p "${files[@]}" files/
  mount -t tmpfs -o "size=$2" tmpfs "$1"
  cp -p files/* "$1/"
  rm -r files
  cat /dev/zero >"$1/filler" 2>/dev/null || true
  expect_status 4 xenlaunch host disable-display
  rm "$1/filler"
  boot_files after
  umount "$1"
  expect_line "cannot change the boot configuration: $3.*; the next boot is what it was$"
  diff -r /var/lib/xenbox/first after || fail "a full disk changed the configuration"
}
no_space_in /etc/default/grub.d 32k 'cannot write /etc/default/grub.d/zz-xenlaunch.cfg: No space left on device'
no_space_in /boot/grub 8m 'update-grub ended with status'
printf '#!/bin/sh\necho "06_broken: out of order" >&2\nexit 1\n' >/etc/grub.d/06_broken
chmod +x /etc/grub.d/06_broken
expect_status 4 xenlaunch host disable-display
expect_line "cannot change the boot configuration: update-grub ended with status 1: 06_broken: out of order; the next boot is what it was$"
printf '#!/bin/sh\ntouch /run/slow\nexec sleep 3600\n' >/etc/grub.d/06_broken
xenlaunch host disable-display &
wait_until 60 test -e /run/slow
kill -9 $!
wait || true
pkill -f 'sleep 3600'
rm /etc/grub.d/06_broken
expect_states enabled enabled
boot_files after
diff /var/lib/xenbox/first/grub.cfg after/grub.cfg || fail "grub.cfg was changed"

# Both for the next boot, asked for at once: they are made one after the other, and the killed change stays undone
# until then.
set_state disable_on_reboot host disable-display &
set_state disable_on_reboot gpu disable-dom0-access $gpu
wait $!
set_state disable_on_reboot host disable-display
expect_states disable_on_reboot disable_on_reboot
expect_status 4 xenlaunch check "$(gpu_vm)"
expect_line "dom0 access to it is disable_on_reboot; reboot the host$"
expect_line "the display of the host is disable_on_reboot; reboot the host$"
