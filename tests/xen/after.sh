#!/bin/bash
# After every case: nothing of a VM is left in dom0, and every PCI function has the driver it had when dom0 came up.
status=0
complain() {
  echo "LEFT BEHIND: $*"
  status=1
}

# A case that leaves VMs to the reboot of the host (/run/xenbox-keep names them) leaves those, and no others.
if [ -e /run/xenbox-keep ]; then
  running=$(xl list | awk 'NR > 1 && $2 != 0 { print $1 }' | sort)
  [ "$running" = "$(sort /run/xenbox-keep)" ] || complain "domains: $running, and not $(paste -sd' ' /run/xenbox-keep)"
  exit $status
fi

domains=$(xenstore-list /local/domain | grep -vx 0)
[ -z "$domains" ] || complain "domains in xenstore: $domains"
running=$(xl list | awk 'NR > 1 && $2 != 0')
[ -z "$running" ] || complain "domains: $running"

# On a host with Debian's services domain 0 has a QEMU too, for its disks.
dom0_qemu=$(pgrep -f 'xen-qemu-system-i386 -xen-domid 0 ' || echo none)
for process in xen-qemu-system xenlaunch; do
  pids=$(pgrep -f "(^|/)$process" | grep -vx -e $$ -e "$dom0_qemu")
  [ -z "$pids" ] || complain "processes: $(ps -o pid,args -p "$(echo "$pids" | paste -sd,)")"
done

for directory in /vm /libxl/pci /local/domain/0/device-model /local/domain/0/backend/pci /local/domain/0/backend/qdisk \
  /local/domain/0/backend/vbd /local/domain/0/backend/vif /local/domain/0/error/backend/vbd /local/domain/0/backend/console; do
  nodes=$(xenstore-ls -f "$directory" 2>/dev/null | grep -v '^/local/domain/0/device-model/0[/ ]')
  [ -z "$nodes" ] || complain "xenstore nodes: $nodes"
done
nodes=$(xenstore-list /libxl 2>/dev/null | grep -vx pci)
[ -z "$nodes" ] || complain "xenstore nodes below /libxl: $nodes"

differences=$(diff <(grep ^PCI /run/xenbox-devices) <(/xenbox/devices | grep ^PCI))
[ -z "$differences" ] || complain "devices that are not as they were: $differences"
# Those that dom0's command line hides are there from the boot on.
slots=$(grep -vFf <(grep -o 'xen-pciback.hide=[^ ]*' /proc/cmdline | grep -oE '[0-9a-f:]+\.[0-7]' || echo none) \
  /sys/bus/pci/drivers/pciback/slots 2>/dev/null)
[ -z "$slots" ] || complain "devices in pciback's slots: $slots"
overridden=$(grep -L '(null)' /sys/bus/pci/devices/*/driver_override)
[ -z "$overridden" ] || complain "driver_override set: $overridden"
backends=$(find /sys/devices -maxdepth 1 -name 'vbd-*')
[ -z "$backends" ] || complain "disks that blkback holds: $backends"
# A case that needs one over several of these checks names its loop devices in /run/xenbox-loops.
loops=$(grep -Hs . /sys/block/loop*/loop/backing_file | grep -vFf <(cat /run/xenbox-loops 2>/dev/null || echo none))
[ -z "$loops" ] || complain "loop devices: $loops"
volumes=$(find /sys/block -name 'dm-*')
[ -z "$volumes" ] || complain "device-mapper devices: $volumes"
interfaces=$(find /sys/class/net -name 'vif*')
[ -z "$interfaces" ] || complain "network interfaces of VMs: $interfaces"
ports=$(find /sys/class/net/*/brif/ -mindepth 1 2>/dev/null)
[ -z "$ports" ] || complain "ports of bridges: $ports"
states=$(find /run/xenlaunch -mindepth 1 -not -path '*/.locks*' -not -path '*/.qemu*' 2>/dev/null)
[ -z "$states" ] || complain "what a launcher noted: $states"
sockets=$(find /run/xen -name 'qmp-*' -o -name 'hold-*')
[ -z "$sockets" ] || complain "QEMU's sockets: $sockets"
# The next case is not to suffer from this one.
if [ $status != 0 ]; then
  for vm in /run/xenlaunch/*; do
    [ ! -d "$vm" ] || timeout 20 /payload/bin/xenlaunch destroy "${vm##*/}"
  done
fi
exit $status
