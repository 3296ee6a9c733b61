# One call of the C library fails in the life of a small VM, with all that can be beside its QEMU, each time another one: too many
# descriptors are open, a disk is full, there is no memory. Then the start fails and says so as all errors are said, or the VM
# is there all the same; and the host is as it was, at the latest after `recover`.
. /payload/lib.sh
make_victim
accompany_victim
mkfifo said

# The VM's whole life in the environment of the arguments: ended as soon as it stands. Its messages are in launcher.log.
live() { # VARIABLE=VALUE...
  local line launcher
  : >launcher.log
  timeout --foreground 120 env LD_PRELOAD=/payload/tools/fail_at_call.so "$@" \
    xenlaunch run --paused vm.yaml >said 2>&1 &
  launcher=$!
  while read -r line; do
    echo "$line" >>launcher.log
    [[ ! $line =~ domain\ [0-9]+\ is\ paused ]] || kill -TERM $launcher
  done <said
  wait $launcher
}

# What is wrong with how that life ended, which was with this status. Only with 8 there is something for `recover` to do.
complaints() { # STATUS
  local said
  said=$(grep -v "^xenlaunch: warning: " launcher.log | tail -n 3)
  grep -q "is paused" launcher.log || [ "$1" != 0 ] || echo "it ended with 0, and there was no VM"
  [ "$1" = 0 ] || grep -qE "error: .*cannot .+: .+" launcher.log || echo "it ended with $1 and said: $said"
  ! grep -q "xenstored is gone" launcher.log || echo "it says that xenstored is gone: $said"
  [ "$1" = 8 ] || [ ! -e /run/xenlaunch/victim ] || echo "it ended with $1 and left its folder: $said"
  [ "$1" = 0 ] || [ "$1" -le 32 ] || echo "it ended with $1: $said"
}

tried=0
failing=()
fail_at() { # FUNCTION NUMBER ERRNO
  local what="$1 number $2" status=0 wrong
  live "FAIL_CALL=$1" "FAIL_AT=$2" "FAIL_WITH=$3" || status=$?
  wrong=$(complaints $status)
  if [ -e /run/xenlaunch/victim ]; then
    what="$what, recovered from"
    xenlaunch recover >recover.log 2>&1 || wrong="$wrong; recover ended with $?: $(cat recover.log)"
  fi
  # What follows would be blamed for it.
  bash /payload/after.sh || { cat launcher.log; fail "after $what something was left"; }
  tried=$((tried + 1))
  if [ -z "$wrong" ]; then
    echo "PASS $what: $status $(grep -m 1 "error: " launcher.log || true)"
  else
    echo "FAIL $what: $wrong"
    cat launcher.log
    failing+=("$1 $2")
  fi
}

# So many calls of the function, the first and the last of a life among them.
spread() { # FUNCTION PLACES ERRNO
  local count i at last=0
  count=$(sed -n "s/^$1 //p" counts)
  for ((i = 0; i < $2; i++)); do
    at=$((1 + (count - 1) * i / ($2 > 1 ? $2 - 1 : 1)))
    [ "$at" -gt "$count" ] || [ "$at" = "$last" ] || fail_at "$1" "$at" "$3"
    last=$at
  done
}

live "FAIL_COUNTS=$PWD/counts" || fail "the start in which nothing fails failed: $(cat launcher.log)"
bash /payload/after.sh || fail "the start in which nothing fails left something behind"
paste -sd' ' counts
eintr=4 eio=5 eagain=11 enomem=12 emfile=24 enospc=28 etimedout=110
spread write 12 $eio
spread write 4 $eintr
spread read 6 $eio
spread read 4 $eintr
spread unlink 2 $eio
spread remove 6 $eio
spread open 8 $emfile
spread openat 3 $emfile
spread mkdir 3 $enospc
spread rename 3 $enospc
spread fsync 3 $eio
spread socket 3 $emfile
spread connect 3 $eagain
spread connect 2 $etimedout
spread sendmsg 2 $enomem
spread pipe2 2 $emfile
spread fork 3 $eagain
spread poll 3 $eintr
spread ioctl 8 $enomem
spread mmap 5 $enomem
live "FAIL_COUNTS=$PWD/counts" || fail "the start after all of them failed: $(cat launcher.log)"
echo "$((tried - ${#failing[@]})) of $tried places passed"
[ "$tried" -ge 60 ] || fail "only $tried places"
[ ${#failing[@]} = 0 ] || fail "at $(printf '%s; ' "${failing[@]}")see above"
