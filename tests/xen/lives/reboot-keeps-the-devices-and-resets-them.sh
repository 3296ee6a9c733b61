. /payload/lib.sh
. /payload/lives.sh
methods=/sys/bus/pci/devices/0000:01:00.0/reset_method
had=$(<$methods)
[ "$had" != bus ] || fail "the card has one way to be reset alone"
echo 'pci: [{address: "0000:01:00.0", reset: bus}, "0000:00:06.0"]' | idle_vm again
expect_driver 0000:01:00.0 virtio-pci
expect_status 0 xenlaunch start vm.yaml --events "$PWD/events"
first=$(domid_now again)
expect_status 4 xenlaunch reboot again --no-force
expect_line "it has no Xen drivers, so it cannot be asked"
expect_status 0 xenlaunch reboot again
expect_line "pressing the reset button of again"
expect_line "again: reset"
[ "$(domid_now again)" = $((first + 1)) ] || fail "it is domain $(domid_now again)"
expect_state again running
# What happened to the devices between the two guests.
jq -r 'select(.event == "undo" or .name == "restarting") | "\(.name) \(.phase // "") \(.device // "")"' events >undos
cat undos
expect_line "^take_device done 0000:01:00.0" undos
expect_line "^take_device done 0000:00:06.0" undos
expect_no_line restore_device undos
expect_driver 0000:01:00.0 pciback
[ "$(<$methods)" = bus ] || fail "the card is reset by $(<$methods), not by its bus"
expect_status 0 xenlaunch destroy again
[ "$(<$methods)" = "$had" ] || fail "the card is reset by $(<$methods) afterwards, not by $had"
expect_driver 0000:01:00.0 virtio-pci
expect_status 0 xenlaunch logs again
expect_line "warning: 0000:00:06.0 cannot be reset \(the kernel knows no method for it\)"
expect_no_line "0000:01:00.0 cannot be reset"
