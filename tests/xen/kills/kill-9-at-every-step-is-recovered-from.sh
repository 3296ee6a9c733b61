# The launcher is killed right before and right after each step of a start and of a teardown, wherever its journal says
# that one begins or is done. Then `recover`; then the host has to be as it was, and the next start has to work: that is
# the next line of the table, and after the last one a whole start.
. /payload/lib.sh
. /payload/lives.sh
cat >vm.yaml <<'Y'
name: victim
memory: 32MiB
platform: {vga: none}
serial: pty
pci: ["0000:01:00.0"]
Y
killer=/payload/tools/kill_at_journal_write.so
list=$PWD/list

# Starts the VM paused, and ends it once it stands; killed at the Nth write on the way, if that is given.
live() { # [KILL_AT KILL_WHEN]
  local status=0
  rm -f "$list" launcher.log
  env LD_PRELOAD=$killer KILL_LIST="$list" ${1:+KILL_AT=$1 KILL_WHEN=$2} \
    xenlaunch run --paused vm.yaml >launcher.log 2>&1 &
  launcher=$!
  until grep -q "is paused" launcher.log || ! kill -0 $launcher 2>/dev/null; do sleep 0.05; done
  kill -TERM $launcher 2>/dev/null || true
  wait $launcher 2>/dev/null || status=$?
  return $status
}

live || fail "the start without a kill failed: $(cat launcher.log)"
bash /payload/after.sh || fail "the start without a kill left something behind"
# Each line of the journal, with what it is about.
declare -A action label
number=0
while IFS=$'\t' read -r mark id text; do
  number=$((number + 1))
  case $mark in
  begin) action[$id]=${text%%|*} label[$id]=${text#*|} when=after what="before: ${action[$id]}" ;;
  done) when=before what="after:  ${action[$id]}" ;;
  undoing) when=after what="before: ${label[$id]}" ;;
  undone) when=before what="after:  ${label[$id]}" ;;
  *) continue ;;
  esac
  printf '%s\t%s\t%s\n' "$number" "$when" "$what"
done < <(jq -r '[(keys_unsorted[0]), (.[keys_unsorted[0]] | tostring), ((.do // "") + "|" + (.undo.label // ""))] | @tsv' "$list") >points
[ "$(wc -l <points)" -ge 50 ] || fail "only $(wc -l <points) places to kill at: $(cat points)"

failed=0
while IFS=$'\t' read -r number when what; do
  result=ok
  status=0
  live "$number" "$when" || status=$?
  [ $status = 137 ] || result="not killed: ended with $status: $(tail -n 1 launcher.log)"
  if [ "$result" = ok ]; then
    xenlaunch recover >recover.log 2>&1 || result="recover ended with $?: $(cat recover.log)"
  fi
  bash /payload/after.sh >after.log 2>&1 || result="$result; left: $(cat after.log)"
  printf '%-70s %s\n' "killed right $what" "$result"
  [ "$result" = ok ] || failed=$((failed + 1))
done <points

live || fail "the start after all of them failed: $(cat launcher.log)"
[ $failed = 0 ] || fail "$failed of $(wc -l <points)"
