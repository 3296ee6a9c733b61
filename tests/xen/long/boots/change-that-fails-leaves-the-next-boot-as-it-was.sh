# A full disk, where grub.cfg is and where our settings go; a script of the user's that fails; a kill: the old
# configuration each time.
. /payload/lib.sh
. /payload/states.sh
mkdir -p /etc/xenlaunch /var/lib/xenbox/first
printf 'system_display_vendors: ["1234"]\nreturn_without_reset: driver\n' >/etc/xenlaunch/host.yaml
boot_files /var/lib/xenbox/first

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
wait_until 180 test -e /run/slow
kill -9 $!
wait || true
pkill -f 'sleep 3600'
rm /etc/grub.d/06_broken
expect_states enabled enabled
boot_files after
diff /var/lib/xenbox/first/grub.cfg after/grub.cfg || fail "grub.cfg was changed"

# The killed change is undone by the next one, whatever that is.
set_state disable_on_reboot host disable-display
set_state enabled host enable-display
boot_files after
diff -r /var/lib/xenbox/first after || fail "the killed change left something behind"
