. /payload/lib.sh
. /payload/lives.sh
linux_vm plain acpi xen_nopv
expect_status 0 xenlaunch start vm.yaml
wait_until 200 guest_is_idle
expect_status 0 xenlaunch stop plain
expect_line "pressed the power button of plain, which has no Xen drivers"
expect_line "plain: powered off"
cat serial.log
expect_guest_line ACPI-BUTTON
