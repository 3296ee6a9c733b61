# What the tests of a cluster of host1 and host2 share: its configuration, and where its VMs are. Sourced; who does so has
#   on NODE COMMAND...   runs a command there
#   $log                 a file with what was done
#   $folder              a folder of the test's own
# shellcheck shell=bash disable=SC2154

vms="vm1 vm2 vm3 vm4"
looking_from=host1
# Seconds until a VM must be where it is expected.
patience=120

give_up() { # TEXT
  echo "$1" >&2
  echo "what was done:" >&2
  cat "$log" >&2
  on host2 crm_mon -1 -r >&2 || on host1 crm_mon -1 -r >&2 || true
  exit 1
}

# Corosync's, of the two; as a file it is the same on both.
corosync_configuration() { # MILLISECONDS-UNTIL-A-NODE-IS-LOST WAIT-FOR-ALL
  sed "s/@token@/$1/; s/@wait_for_all@/$2/" "$(dirname "${BASH_SOURCE[0]}")/corosync.conf"
}

# Four VMs, each of which uses one of an attribute, for crm configure.
cluster_configuration() { # ATTRIBUTE INTERVAL
  echo 'property stonith-enabled=true placement-strategy=balanced'
  echo 'rsc_defaults rsc-options: resource-stickiness=1000'
  echo 'primitive power stonith:fence_test params pcmk_host_list="host1 host2" pcmk_host_check=static-list'
  echo "primitive gpus ocf:xenlaunch:gpus op monitor interval=$2 timeout=60s"
  echo 'clone gpus-clone gpus meta interleave=true'
  for vm in $vms; do
    echo "primitive $vm ocf:xenlaunch:vm params config=/etc/xenlaunch/$vm.yaml op start timeout=180s op stop timeout=300s" \
      "op monitor interval=$2 timeout=60s utilization $1=1"
  done
}

configure_cluster() { # FILE-ON-THE-NODE
  on host1 crm configure load update "$1" >"$folder/crm.log" 2>&1 || { cat "$folder/crm.log" >&2 && give_up "the configuration is not taken"; }
}

both_online() {
  on host1 crm_mon -1 2>/dev/null | grep -q 'Online: \[ host1 host2 \]'
}

placed() { # "VM:NODE …": those that run
  on "$looking_from" crm_mon -1 -r 2>/dev/null | sed -n 's/^ *\* \(vm[0-9]\)\t.*Started \(host[0-9]\)$/\1:\2/p' | sort | tr '\n' ' '
}

# Waits until exactly these VMs run, each on one of the nodes.
expect_placed() { # WHAT "VM:NODE …"
  local deadline=$((SECONDS + patience)) there
  while :; do
    there=$(placed) || true # it does not always answer
    [ "$there" != "$2 " ] || break
    [ $SECONDS -lt $deadline ] || give_up "$1: expected $2, there is $there"
    sleep 1
  done
  echo "$1: $2"
}

priority() { # VM NUMBER
  on host2 crm_resource --resource "$1" --meta --set-parameter priority --parameter-value "$2" >/dev/null 2>&1 ||
    give_up "$1 does not get the priority $2"
}

standby() { # NODE on|off
  on "$looking_from" crm_attribute --type nodes --node "$1" --name standby --update "$2" || give_up "$1 is not set to standby $2"
}
