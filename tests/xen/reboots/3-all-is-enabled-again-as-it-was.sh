. /payload/lib.sh
. /payload/states.sh
expect_states enabled enabled
expect_driver $gpu bochs-drm
! lsmod | grep -q xen_pciback || fail "xen-pciback is still loaded early"
boot_files after
diff -r /var/lib/xenbox/first after || fail "the boot configuration is not what it was at first"
