# `pci assign` and `pci restore` are killed right before and right after each write to their journal. Then `recover`; then
# the device has to have its driver and nothing may be left. One line for each place.
. /payload/lib.sh
card=0000:01:00.0
list=$PWD/list
failed=0

# Assigns or restores the card; killed at the Nth write to the journal, if that is given.
change() { # assign|restore [KILL_AT KILL_WHEN]
  local status=0
  rm -f "$list"
  env LD_PRELOAD=/payload/tools/kill_at_journal_write.so KILL_LIST="$list" ${2:+KILL_AT=$2 KILL_WHEN=$3} \
    xenlaunch pci "$1" $card >change.log 2>&1 || status=$?
  return $status
}

# What each write says, in short: {"begin":0,"do":"bind 0000:01:00.0 to pciback"}
writes_of() { # assign|restore
  change "$1" || fail "pci $1 failed: $(cat change.log)"
  jq -c 'del(.undo)' "$list"
}

kill_at() { # assign|restore NUMBER WHEN WHAT
  local result=ok status=0
  change "$1" "$2" "$3" 2>/dev/null || status=$? # the shell tells there of each process that is killed
  [ $status = 137 ] || result="not killed: ended with $status: $(tail -n 1 change.log)"
  [ "$(xenlaunch list)" = "no VM" ] || result="$result; a VM is listed: $(xenlaunch list)"
  if xenlaunch recover --json >recovered 2>recover.log; then
    [ "$(jq -c . recovered)" = "[{\"vm\":null,\"device\":\"$card\",\"result\":\"given_back\"}]" ] ||
      result="$result; recover says $(cat recovered)"
  else
    result="$result; recover ended with $?: $(cat recover.log)"
  fi
  bash /payload/after.sh >after.log 2>&1 || result="$result; left: $(cat after.log)"
  printf 'pci %-7s killed right %-6s %-70s %s\n' "$1" "$3" "$4" "$result"
  [ "$result" = ok ] || failed=$((failed + 1))
}

writes_of assign >assign-writes
writes_of restore >restore-writes
[ "$(wc -l <assign-writes) $(wc -l <restore-writes)" = "6 6" ] || fail "other writes: $(cat assign-writes restore-writes)"
for command in assign restore; do
  number=0
  while read -r what <&3; do
    number=$((number + 1))
    for when in before after; do
      [ $command = assign ] || xenlaunch pci assign $card >/dev/null
      kill_at $command $number $when "$what"
    done
  done 3<$command-writes
done
[ $failed = 0 ] || fail "$failed places"

# What comes next of the two begins with it, too.
change assign 6 before 2>/dev/null || true
expect_status 0 xenlaunch pci assign $card
expect_line "^$card is on pciback now; it had the driver virtio-pci$"
change restore 3 after 2>/dev/null || true
expect_status 0 xenlaunch pci restore $card
expect_driver $card virtio-pci
# A VM's name leaves the devices alone.
change assign 6 before 2>/dev/null || true
[ "$(xenlaunch recover --json another)" = "[]" ] || fail "a VM's recovery took the device's along"
expect_driver $card pciback
expect_status 0 xenlaunch recover
expect_line "^xenlaunch: $card: what a killed .xenlaunch pci. had left was given back$"
expect_status 0 xenlaunch recover
expect_line "nothing to recover"
