. /payload/lib.sh
. /payload/services.sh
expect_running left
expect_running right
[ "$(driver_of $left_device)" = pciback ] || fail "the device is with $(driver_of $left_device)"
wait_until 400 guest_is_up left
wait_until 400 guest_is_up right

# The next case reads there how this boot has ended.
mkdir -p /var/log/journal
journalctl --flush
printf '%s\n' left right >/run/xenbox-keep
