. /payload/lib.sh
. /payload/services.sh
expect_property xenlaunch@left ActiveState inactive
expect_status 0 xenlaunch recover
/xenbox/devices | grep "^PCI $left_device " | diff "$keep/device" - || fail "the device is not as it was"

forget_serial left
expect_status 0 systemctl start xenlaunch@left
expect_running left
wait_until 200 guest_is_up left
expect_status 0 systemctl stop xenlaunch@left
expect_stopped left
