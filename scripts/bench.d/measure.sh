# Runs in dom0 of the embedded Xen host: xenlaunch, an earlier build of it where there is one (`last`), and xl in turn,
# part by part, each measurement a line "METRIC TOOL SECONDS-OR-NUMBER".
# shellcheck shell=bash disable=SC2034 # the parts use what is set here
set -euo pipefail
PATH=/payload/bin:$PATH
rounds=$(cat /payload/rounds)
builds=(xenlaunch)
[ ! -e /payload/bin/last ] || builds+=(last)
results=$OUT/measurements

# The emulated cards have no way to be reset, and xl gives them back all the same.
mkdir -p /etc/xenlaunch
echo 'return_without_reset: driver' >/etc/xenlaunch/host.yaml

# The time is in `time`: a function that printed it would cost a copy of the shell, which takes longer than much of what
# is measured.
now() { time=${EPOCHREALTIME/[.,]/}; }
note() { # METRIC TOOL BEGIN END, in microseconds
  set -- "$1" "$2" $(($4 - $3))
  printf '%s %s %d.%06d\n' "$1" "$2" $(($3 / 1000000)) $(($3 % 1000000)) >>"$results"
}
count() { # METRIC TOOL NUMBER
  echo "$1 $2 $3" >>"$results"
}
# What each page of some processes has in memory, shared out among those who have it, in KiB.
pss_of() { # PIDS
  local pid total=0
  for pid in $1; do total=$((total + $(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup"))); done
  echo $total
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
say() { echo "$*" >/dev/console; }

vm() { # NAME MIB [PCI-BDF]
  printf 'name: %s\nmemory: %sMiB\nserial: none\nplatform: {vga: none}\n' "$1" "$2" >"$1.yaml"
  printf 'name = "%s"\ntype = "hvm"\nmemory = %s\nvga = "none"\nvnc = 0\n' "$1" "$2" >"$1.cfg"
  [ -z "${3:-}" ] || printf 'pci: ["%s"]\n' "$3" >>"$1.yaml"
  [ -z "${3:-}" ] || printf 'pci = ["%s"]\n' "$3" >>"$1.cfg"
}

# Until the launcher says that the domain is there, paused: `domid`, `launcher` and the end in `time`. More options of
# `run` are in `options`.
options=()
start_paused() { # VM COMMAND...
  local name=$1 line
  shift
  exec 4< <(begin "$@" run --paused "${options[@]}" "$name.yaml" 2>&1)
  launcher=$!
  while read -r line <&4; do
    case $line in
    *domain*"is paused"*)
      now
      domid=${line#*domain } domid=${domid%% *}
      return
      ;;
    esac
    echo "$line" >>command.log
  done
  echo "cannot measure: $1 did not start $name" >&2
  exit 1
}
end_launcher() {
  kill -TERM "$launcher"
  wait "$launcher"
  now
  exec 4<&-
}
life() { # METRIC BUILD VM
  local start
  settle
  start_paused "$3" "$2"
  note "start-$1" "$2" "$(<begin)" "$time"
  now
  start=$time
  end_launcher
  note "destroy-$1" "$2" "$start" "$time"
}
# A start and an end by each of the builds, then by xl.
start_and_destroy() { # METRIC VM
  local build supervisor
  for build in "${builds[@]}"; do life "$1" "$build" "$2"; done
  settle
  # xl's daemon lets go of its parent's descriptors only later, so its output may not be a pipe.
  timed "start-$1" xl xl create -p "$2.cfg"
  supervisor=$(pgrep -xo xl)
  timed "destroy-$1" xl xl destroy "$2"
  while kill -0 "$supervisor" 2>/dev/null; do sleep 0.05; done
}
# Where xl starts from, and xenlaunch can: the device is with pciback for both.
prepare_device() { [ -e /sys/bus/pci/drivers/pciback/0000:00:06.0 ] || xl pci-assignable-add 00:06.0; }

trap '[ $? = 0 ] || tail -n 30 command.log >&2' EXIT
read -ra parts </payload/parts
for part in "${parts[@]}"; do
  say "part $part"
  # shellcheck source=/dev/null
  . "/payload/bench.d/parts/$part"
done
