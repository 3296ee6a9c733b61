. /payload/lib.sh
from_config two-functions <<'Y'
platform: {vga: none} # an emulated card makes the guest boot several times as slowly under emulation
Y
expect_status 0 xenlaunch run vm.yaml
cat serial.log
expect_guest_line "^00:06\.0 8086:100e"
expect_guest_line "^00:06\.1 8086:100e"
