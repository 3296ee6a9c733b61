. /payload/lib.sh
. /payload/states.sh
expect_driver $gpu pciback
expect_states disabled enabled
kept="cannot pass $gpu: dom0 still writes into the firmware's framebuffer on it \(fb0, by efifb\), as it does until a driver of the card's own takes over; "
for command in check run; do
  expect_status 4 xenlaunch $command "$(gpu_vm)"
  expect_line "${kept}run .xenlaunch host disable-display. and reboot the host: "
done
xenlaunch gpu list --json | jq -e --arg bdf $gpu '.[] | select(.address == $bdf) | .findings | any(.code == "firmware_framebuffer")' ||
  fail "gpu list does not tell of the framebuffer"
expect_driver $gpu pciback

set_state disable_on_reboot host disable-display
expect_states disabled disable_on_reboot
expect_status 4 xenlaunch check "$(gpu_vm)"
expect_line "${kept}reboot the host$"
