# The main job: the integrated GPU, its VBIOS and the ISA bridge that its drivers look for.
. /payload/lib.sh
from_config igd </dev/null
expect_status 0 xenlaunch run vm.yaml
expect_line "video card IGD_passthrough, because 0000:00:02.0 is an integrated GPU"
cat serial.log
expect_guest_line "^00:02\.0 8086:0412 \[0300\]"
expect_guest_line "^00:1f\.0 8086:8c4e \[0601\]"
[ "$(grep -c '\[0300\]' serial.log)" = 1 ] || fail "the guest has another video card beside the integrated GPU"
