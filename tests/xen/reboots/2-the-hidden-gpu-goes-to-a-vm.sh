. /payload/lib.sh
. /payload/states.sh
expect_states disabled disabled
expect_driver $gpu pciback
expect_driver 0000:00:07.0 bochs-drm
! grep -q 'console=tty0' /proc/cmdline || fail "dom0's console is still on the display"
grep -q 'initcall_blacklist=sysfb_init' /proc/cmdline || fail "a firmware framebuffer may be on the card"
xl info | grep '^xen_commandline' | grep -q 'console=com1 ' || fail "Xen's console is still on the display"

expect_status 0 xenlaunch check "$(gpu_vm)"
expect_status 0 xenlaunch run "$(gpu_vm)"
expect_guest_line "1234:1111"
expect_guest_line GUEST-DONE
expect_driver $gpu pciback
expect_status 0 xenlaunch host doctor

set_state enable_on_reboot gpu enable-dom0-access $gpu
set_state enable_on_reboot host enable-display
expect_states enable_on_reboot enable_on_reboot
# Until then the GPU may be passed.
expect_status 0 xenlaunch check "$(gpu_vm)"
