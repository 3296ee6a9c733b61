# Runs in dom0 of the embedded Xen host: xenlaunch, an earlier build of it where there is one (`last`), and xl in turn,
# each measurement a line "METRIC TOOL SECONDS-OR-KIB".
set -euo pipefail
PATH=/payload/bin:$PATH
rounds=$(cat /payload/rounds)
builds=(xenlaunch)
[ ! -e /payload/bin/last ] || builds+=(last)
results=$OUT/measurements

# The time is in `time`: a function that printed it would cost a copy of the shell, which takes longer than much of what
# is measured.
now() { time=${EPOCHREALTIME/[.,]/}; }
note() { # METRIC TOOL BEGIN END, in microseconds
  set -- "$1" "$2" $(($4 - $3))
  printf '%s %s %d.%06d\n' "$1" "$2" $(($3 / 1000000)) $(($3 % 1000000)) >>"$results"
}
# The command in place of this shell, once the time is in the file `begin`: what it costs to make a shell's copy is left out.
begin() { # COMMAND...
  now
  echo "$time" >begin
  exec "$@"
}
timed() { # METRIC TOOL COMMAND...
  local metric=$1 tool=$2
  shift 2
  if (begin "$@") >>command.log 2>&1; then [ "$metric" != failing-start ]; else [ "$metric" = failing-start ]; fi
  now
  note "$metric" "$tool" "$(<begin)" "$time"
}
# So that nothing is measured that the domain before still costs: Xen scrubs its memory while it idles.
settle() { sleep 1; }
resident() { # METRIC TOOL PID
  echo "$1 $2 $(awk '/^VmRSS/ {print $2}' "/proc/$3/status")" >>"$results"
}

vm() { # NAME PCI-BDF-OR-EMPTY
  printf 'name: %s\nmemory: 128MiB\nserial: none\nplatform: {vga: none}\n' "$1" >"$1.yaml"
  printf 'name = "%s"\ntype = "hvm"\nmemory = 128\nvga = "none"\nvnc = 0\n' "$1" >"$1.cfg"
  [ -z "$2" ] || printf 'pci: ["%s"]\n' "$2" >>"$1.yaml"
  [ -z "$2" ] || printf 'pci = ["%s"]\n' "$2" >>"$1.cfg"
}

# Until the launcher says that the domain is there, paused.
start_paused() { # BUILD NAME
  exec 4< <(begin "$1" run --paused "$2.yaml" 2>&1)
  launcher=$!
  local line
  while read -r line <&4; do
    case $line in *"is paused"*) return ;; esac
    echo "$line" >>command.log
  done
  echo "cannot measure: $1 did not start $2" >&2
  exit 1
}

life() { # METRIC BUILD NAME
  local start
  settle
  start_paused "$2" "$3"
  now
  note "start-$1" "$2" "$(<begin)" "$time"
  resident "resident-$1" "$2" $launcher
  now
  start=$time
  kill -TERM $launcher
  wait $launcher
  now
  note "destroy-$1" "$2" "$start" "$time"
  exec 4<&-
}

start_and_destroy() { # METRIC NAME
  local build supervisor
  for build in "${builds[@]}"; do life "$1" "$build" "$2"; done
  settle
  # xl's daemon lets go of its parent's descriptors only later, so its output may not be a pipe.
  timed "start-$1" xl xl create -p "$2.cfg"
  supervisor=$(pgrep -xo xl)
  resident "resident-$1" xl "$supervisor"
  timed "destroy-$1" xl xl destroy "$2"
  while kill -0 "$supervisor" 2>/dev/null; do sleep 0.05; done
}

trap '[ $? = 0 ] || tail -n 30 command.log >&2' EXIT
vm plain ""
vm passed 0000:00:06.0
vm missing 0000:00:1e.0
# Where xl starts from, and xenlaunch can: the device is with pciback for both.
xl pci-assignable-add 00:06.0
# Emulated, a program takes several times as long when it first runs: whoever comes first would pay for QEMU's, too.
results=/dev/null start_and_destroy no-pci plain
results=/dev/null start_and_destroy pci passed
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds" >/dev/console
  start_and_destroy no-pci plain
  start_and_destroy pci passed
  for build in "${builds[@]}"; do timed failing-start "$build" "$build" run missing.yaml; done
  timed failing-start xl xl create -p missing.cfg
  for build in "${builds[@]}"; do timed dry-run "$build" "$build" run --dry-run passed.yaml; done
  timed dry-run xl xl create -n passed.cfg
done
xl pci-assignable-remove 00:06.0

# What a VM costs on a host without any, and what with nineteen: the same one, several times.
small_vm() { # NAME
  vm "$1" ""
  sed -i 's/128/32/' "$1.yaml" "$1.cfg"
}
creation() { # TOOL NAME: the words are in `words`
  case $1 in
  xl) words=(xl create -p "$2.cfg") ;;
  *) words=("$1" start --paused "$2.yaml") ;;
  esac
}
one_more() { # METRIC TOOL
  local n words tool=$2
  creation "$tool" small
  for ((n = 1; n <= rounds; n++)); do
    settle
    # The machine's speed drifts: what no number of VMs makes dearer tells by how much.
    timed "yardstick-$1" "$tool" /usr/libexec/xen-qemu-system-i386 -version
    timed "start-$1" "$tool" "${words[@]}"
    "$tool" destroy small >>command.log 2>&1
  done
}
many() { # TOOL
  local n words tool=$1
  one_more first "$tool"
  for ((n = 1; n <= 19; n++)); do
    small_vm "vm$n"
    creation "$tool" "vm$n"
    "${words[@]}" >>command.log 2>&1
  done
  one_more 20th "$tool"
  for ((n = 1; n <= 19; n++)); do "$tool" destroy "vm$n" >>command.log 2>&1; done
}
echo "twenty VMs" >/dev/console
small_vm small
for build in "${builds[@]}"; do many "$build"; done
many xl
