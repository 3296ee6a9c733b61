. /payload/lib.sh
. /payload/lives.sh
echo 'pci: ["0000:00:06.0"]' | idle_vm orphan
expect_status 0 xenlaunch start vm.yaml
domid=$(domid_now orphan)
kill_launcher orphan
expect_state orphan unattended
expect_status 0 xenlaunch status orphan
expect_line "launcher +none; .xenlaunch recover. sees to it"

xenlaunch recover --json >recover.json || fail "recover ended with $?"
[ "$(jq -c . recover.json)" = '[{"vm":"orphan","result":"taken_over"}]' ] || fail "recover --json says $(cat recover.json)"
expect_state orphan running
[ "$(domid_now orphan)" = "$domid" ] || fail "it is another domain"

# A second start names the launcher there is, and changes nothing.
expect_status 4 xenlaunch run vm.yaml
expect_line "cannot start orphan: process $(launcher_of orphan) \(xenlaunch recover orphan\) holds it"
expect_state orphan running

# run, too, looks after a VM that still runs.
kill_launcher orphan
xenlaunch run vm.yaml >launcher.log 2>&1 &
launcher=$!
wait_until 30 grep -q "domain $domid runs" launcher.log
expect_line "orphan runs already, and its launcher is gone" launcher.log

# So do stop and reboot.
kill_launcher orphan
wait $launcher || true
expect_status 0 xenlaunch stop orphan --timeout 1
expect_line "orphan: destroyed"
bash /payload/after.sh || fail "stop left something behind"

# And destroy ends it itself.
expect_status 0 xenlaunch start vm.yaml
kill_launcher orphan
expect_status 0 xenlaunch destroy orphan
bash /payload/after.sh || fail "destroy left something behind"
