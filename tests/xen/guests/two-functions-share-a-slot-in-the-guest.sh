. /payload/lib.sh
from_config two-functions </dev/null
expect_status 0 xenlaunch run vm.yaml
cat serial.log
expect_guest_line "^00:06\.0 8086:100e"
expect_guest_line "^00:06\.1 8086:100e"
expect_guest_line "^00:04\.0 1013:00b8 \[0300\]"
