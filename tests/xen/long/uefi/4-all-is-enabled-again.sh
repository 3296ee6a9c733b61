. /payload/lib.sh
. /payload/states.sh
expect_states enabled enabled
expect_driver $gpu bochs-drm
! grep sysfb_init /proc/cmdline || fail "dom0 is still kept from the firmware's framebuffer"
