. /payload/lib.sh
. /payload/services.sh
expect_running left
expect_running right
expect_driver $left_device pciback
wait_until 400 guest_is_up left
wait_until 400 guest_is_up right

# The next case reads there how this boot has ended.
mkdir -p /var/log/journal
journalctl --flush
printf '%s\n' left right >/run/xenbox-keep
