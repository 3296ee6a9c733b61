. /payload/lib.sh
. /payload/states.sh
expect_states disabled disabled
! grep efifb /proc/iomem || fail "efifb is on a card"
expect_status 0 xenlaunch check "$(gpu_vm)"
expect_status 0 xenlaunch run "$(gpu_vm)"
expect_guest_line "1234:1111"
expect_guest_line GUEST-DONE
expect_driver $gpu pciback

set_state enable_on_reboot gpu enable-dom0-access $gpu
set_state enable_on_reboot host enable-display
expect_states enable_on_reboot enable_on_reboot
