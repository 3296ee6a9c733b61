# What the cases that kill the launcher share. Sourced after lib.sh.
#
# The launcher is killed right before and right after steps of a start and of a teardown, wherever its journal says that
# one begins or is done. Then `recover`; then the host has to be as it was, and the next start has to work: that is the
# next line of the table, and after the last one a whole start.
make_victim
accompany_victim
killer=/payload/tools/kill_at_journal_write.so
list=$PWD/list

# Starts the VM with the options $how, and ends it once it stands; killed at the Nth write on the way, if that is given.
live() { # [KILL_AT KILL_WHEN]
  local status=0
  rm -f "$list" launcher.log
  # shellcheck disable=SC2086
  env LD_PRELOAD=$killer KILL_LIST="$list" ${1:+KILL_AT=$1 KILL_WHEN=$2} xenlaunch run $how vm.yaml >launcher.log 2>&1 &
  launcher=$!
  until grep -qE "domain [0-9]+ (runs|is paused)" launcher.log || ! kill -0 $launcher 2>/dev/null; do pause 0.1; done
  kill -TERM $launcher 2>/dev/null || true
  wait $launcher 2>/dev/null || status=$?
  return $status
}

# Where to kill: the number of the write, whether before or after it, and what that is right before or after. The lines of
# the journal that the last `live` wrote say so.
points() {
  local -A action label
  local number=0 mark id text
  while IFS=$'\t' read -r mark id text; do
    number=$((number + 1))
    case $mark in
    begin) action[$id]=${text%%|*} label[$id]=${text#*|} && printf '%s\tafter\tbefore: %s\n' $number "${action[$id]}" ;;
    done) printf '%s\tbefore\tafter: %s\n' $number "${action[$id]}" ;;
    undoing) printf '%s\tafter\tbefore: %s\n' $number "${label[$id]}" ;;
    undone) printf '%s\tbefore\tafter: %s\n' $number "${label[$id]}" ;;
    esac
  done < <(jq -r '(keys_unsorted[0]) as $mark | [$mark, (.[$mark] | tostring), ((.do // "") + "|" + (.undo.label // ""))] | @tsv' "$list")
}

# Of the points on stdin, one for each kind of step and of undo: right after it, when the journal does not yet say so.
one_a_kind() {
  awk -F '\t' '$2 == "before" { kind = $3; gsub(/[0-9][0-9a-f:.]*/, "", kind); if (!seen[kind]++) print }'
}

tried=0
failing=()

# One point, and its line of the table.
kill_at() { # NUMBER WHEN WHAT
  local result=ok status=0
  live "$1" "$2" 2>/dev/null || status=$? # the shell tells there of each process that is killed
  [ $status = 137 ] || result="not killed: ended with $status: $(tail -n 1 launcher.log)"
  if [ "$result" = ok ]; then
    xenlaunch recover >recover.log 2>&1 || result="recover ended with $?: $(cat recover.log)"
  fi
  bash /payload/after.sh >after.log 2>&1 || result="$result; left: $(cat after.log)"
  tried=$((tried + 1))
  if [ "$result" = ok ]; then
    echo "PASS killed right $3"
  else
    echo "FAIL killed right $3: $result"
    failing+=("$3")
  fi
}

whole_life() { # WHEN
  live || fail "the start $1 failed: $(cat launcher.log)"
  bash /payload/after.sh || fail "the start $1 left something behind"
}

# Kills at those points of a life that the command SELECT leaves of all, at least LEAST of them.
kill_at_points() { # LEAST SELECT...
  local least=$1 number when what
  shift
  how=--paused
  whole_life "without a kill"
  points | "$@" >chosen
  [ "$(wc -l <chosen)" -ge "$least" ] || fail "only $(wc -l <chosen) points to kill at: $(cat chosen)"
  while IFS=$'\t' read -r number when what <&3; do kill_at "$number" "$when" "$what"; done 3<chosen
  # The step that only a start has whose guest runs.
  how=
  whole_life "of a guest that runs"
  { points | grep "let the guest run" || true; } | "$@" >chosen
  [ -s chosen ] || fail "no step that lets the guest run: $(points)"
  while IFS=$'\t' read -r number when what <&3; do kill_at "$number" "$when" "$what"; done 3<chosen
  whole_life "after all of them"
  echo "$((tried - ${#failing[@]})) of $tried points passed"
  [ ${#failing[@]} = 0 ] || fail "killed right $(printf '%s; ' "${failing[@]}")see above"
}
