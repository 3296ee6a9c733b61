. /payload/lib.sh
from_config discrete-gpu </dev/null
expect_status 0 xenlaunch run vm.yaml
cat serial.log
expect_guest_line "^00:06\.0 1002:5046 \[0300\]"
expect_guest_line "^00:04\.0 1234:1111 \[0300\]"
