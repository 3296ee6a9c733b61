# A guest with Xen drivers heeds its node control/shutdown.
. /payload/lib.sh
. /payload/lives.sh
linux_vm polite
xenlaunch start vm.yaml --json >start.json || fail "start ended with $?"
domid=$(jq -e .domid start.json) || fail "start --json says $(cat start.json)"
expect_state polite running
expect_status 0 xenlaunch list
expect_line "^polite +running +$domid +[0-9]+MiB"
xenlaunch list --json | jq -e --argjson domid "$domid" '.[0] | .name == "polite" and .domid == $domid and .problem == null' ||
  fail "list --json says something else"
supervisor=$(launcher_of polite)
[ "$(ps -o sid= -p "$supervisor")" -eq "$supervisor" ] || fail "the supervisor belongs to a terminal's session"
[ "$(readlink "/proc/$supervisor/cwd")" = / ] || fail "the supervisor keeps a folder in use"
! find "/proc/$supervisor/fd" -lname '*/output.txt' | grep -q . || fail "the supervisor keeps the output of start open"
wait_until 180 guest_is_idle
expect_status 0 xenlaunch stop polite
expect_line "asked polite to power off"
expect_line "polite: powered off"
expect_status 0 xenlaunch list
expect_line "^no VM"
expect_status 0 xenlaunch logs polite
expect_line " xenlaunch: domain $domid runs"
expect_line " xenlaunch: the guest powered off"
expect_status 4 xenlaunch status polite
expect_line "has no VM 'polite'; it has none at all"
expect_status 2 xenlaunch stop ../polite
