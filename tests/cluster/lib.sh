# What the tests of the resource agents have in common. Sourced, with the program that was built as $program and the folder
# of Pacemaker's tools as $pacemaker; with a folder of theirs as $scratch before the first function is called.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # of those who source it
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_folder=$(realpath "$here/../..")
agents=$source_folder/cluster/ocf/resource.d/xenlaunch
document=$source_folder/docs/cluster.md
failures=0

wrong() { # TEXT
  echo "$1" >&2
  failures=$((failures + 1))
}

# A folder of answers for the stand-in, in $STUB. The machine has a card that can be passed, and the VM file asks for it.
new_stub() {
  STUB=$(mktemp -d -p "$scratch")
  export STUB
  export HA_RSCTMP=$STUB/rsctmp OCF_ROOT=$source_folder/cluster/ocf OCF_RESOURCE_INSTANCE=vm-a
  printf 'name: win10\nmemory: 2GiB\npci: [{address: "0000:01:00.0", expect: "10de:1b80"}]\n' >"$STUB/vm.yaml"
  export OCF_RESKEY_config=$STUB/vm.yaml OCF_RESKEY_shutdown_timeout=1 OCF_RESKEY_autoset_utilization=false
  unset OCF_RESKEY_CRM_meta_timeout OCF_RESKEY_CRM_meta_on_node OCF_RESKEY_patience
  echo '[]' >"$STUB/list"
  cp "$here/list.json" "$STUB/list.started"
  cp "$scratch"/answers/* "$STUB/"
}

# The answers of the real program that the tests change by a word.
record_answers() {
  mkdir "$scratch/answers"
  "$source_folder/scripts/machine" unpack "$source_folder/tests/fixtures/machines/host-discrete.machine" "$scratch/machine"
  printf 'name: win10\nmemory: 2GiB\npci: [{address: "0000:01:00.0", expect: "10de:1b80"}]\n' >"$scratch/vm.yaml"
  "$program" check "$scratch/vm.yaml" --json --root "$scratch/machine" >"$scratch/answers/check"
  "$program" gpu list --json --root "$scratch/machine" 2>/dev/null >"$scratch/answers/gpus"
  "$program" host doctor --json --root "$scratch/machine" | sed 's/"xen": null/"xen": "answers"/' >"$scratch/answers/doctor"
  sed 's/0000:01:00.0/0000:07:00.0/' "$scratch/vm.yaml" >"$scratch/missing.yaml"
  "$program" check "$scratch/missing.yaml" --json --root "$scratch/machine" >"$scratch/refused" || [ $? = 4 ]
  printf 'name: win10\n' >"$scratch/wrong.yaml"
  "$program" check "$scratch/wrong.yaml" --json --root "$scratch/machine" >"$scratch/wrong" || [ $? = 3 ]
}

run_agent() { # AGENT ACTION
  status=0
  PATH=${programs-$here/bin:$pacemaker/bin:$PATH} /bin/dash "$agents/$1" "$2" >"$STUB/out" 2>"$STUB/err" || status=$?
}

expect() { # WHAT EXPECTED ACTUAL
  [ "$2" = "$3" ] || wrong "$1: expected $2, got $3: $(cat "$STUB/err")"
}
