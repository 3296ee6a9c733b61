# Of the network card's two functions the kernel can reset neither.
. /payload/lib.sh
. /payload/lives.sh
card=0000:00:0a.0
beside=0000:00:0a.1
rm /etc/xenlaunch/host.yaml
echo "pci: [{address: \"$card\", functions: all}]" | idle_vm unclean

expect_quarantine() { # BDF
  xl dmesg -c >/dev/null
  xl debug-keys Q
  xl dmesg >devices
  expect_line "$1 - (d\[IO\]|DomIO)" devices
}

expect_left() {
  local device
  for device in $card $beside; do
    expect_driver $device pciback
    [ "$(xenstore-read /libxl/pci/${device//[:.]/-}/driver_path)" = /sys/bus/pci/drivers/e1000 ] || fail "no driver on record"
    expect_quarantine $device
  done
  expect_status 0 xenlaunch pci list
  expect_line "^$card .* pciback .* not reset since unclean had it"
  [ "$(xenlaunch pci list --json | jq -r ".[] | select(.address == \"$card\") | .unreset_since")" = unclean ] || fail "not in JSON"
  expect_status 0 xl pci-assignable-list
  expect_line "^$card *$"
}

expect_back() {
  expect_driver $card e1000
  expect_driver $beside e1000
  expect_status 0 xenlaunch pci list
  expect_no_line "not reset since"
}

echo "A guest's end:"
start_vm
kill -TERM $launcher
expect_end 0
expect_line "warning: $card: the guest of unclean had it, and it was not reset since, so it stays with pciback" launcher.log
expect_left
xenlaunch host doctor >doctor || true
expect_line "$card: the guest of unclean had it" doctor

echo "Once more, as it is:"
rm -f serial.log
start_vm
expect_line "warning: $card cannot be reset" launcher.log
kill -TERM $launcher
expect_end 0
expect_left

echo "By hand:"
expect_status 4 xenlaunch pci restore $card
expect_line "cannot restore $card to its driver: the guest of unclean had it"
expect_left
expect_status 0 xenlaunch pci restore --force $card
xl pci-assignable-remove -r $beside
expect_back

echo "A launcher that is killed:"
rm -f serial.log
start_vm
kill_launcher unclean
wait $launcher || true
expect_status 0 xenlaunch destroy unclean
expect_line "$card: the guest of unclean had it, and it was not reset since"
expect_left

echo "As the host's settings say:"
give_back_without_reset
expect_status 0 xenlaunch pci restore $card
expect_status 0 xenlaunch pci restore $beside
expect_back
rm -f serial.log
start_vm
kill -TERM $launcher
expect_end 0
expect_line "warning: $card cannot be reset" launcher.log
expect_back
rm /etc/xenlaunch/host.yaml
