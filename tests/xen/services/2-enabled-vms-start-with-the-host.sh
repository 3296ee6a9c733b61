. /payload/lib.sh
. /payload/services.sh
expect_running left
expect_running right
# As a unit, too, what serves its disk is another user, and reaches of xenstore what is of the disk.
xenlaunch status --json right | jq -e '.qemu.disk_server.confinement | index("user") and index("xenstore")' >/dev/null ||
  fail "$(xenlaunch status right)"
expect_driver $left_device pciback
wait_until 400 guest_is_up left
wait_until 400 guest_is_up right

# They are stopped all the same; the next boot is without them, and reads how this one has ended.
expect_status 0 systemctl disable xenlaunch@left xenlaunch@right
mkdir -p /var/log/journal
journalctl --flush
printf '%s\n' left right >/run/xenbox-keep
