. /payload/lib.sh
. /payload/services.sh
expect_running left
expect_running right
expect_driver $left_device pciback
wait_until 400 guest_is_up left
wait_until 400 guest_is_up right

# They are stopped all the same; the next boot is without them, and reads how this one has ended.
expect_status 0 systemctl disable xenlaunch@left xenlaunch@right
mkdir -p /var/log/journal
journalctl --flush
printf '%s\n' left right >/run/xenbox-keep
