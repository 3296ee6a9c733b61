. /payload/lib.sh
expect_status 4 xenlaunch host doctor
expect_line "^problem +iommu .*iommu=off"
[ "$(xenlaunch host doctor --json | jq -r .can_pass_a_gpu)" = false ] || fail "the doctor says that a GPU can be passed"
