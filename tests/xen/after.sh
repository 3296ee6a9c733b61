#!/bin/bash
# After every case: nothing of a VM is left in dom0, and every PCI function has the driver it had when dom0 came up.
# It starts few programs, since it runs often, and each takes a twentieth of a second of the emulated host.
shopt -s nullglob extglob
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

{ read -r _ && read -r _; running=$(cat); } < <(xl list) # below the heading and dom0
[ -z "$running" ] || complain "domains: $running"

# A node a line: "PATH = VALUE". Domain 0 has a device model too, on a host with Debian's services.
while read -r path rest; do
  case $path in
  /local/domain/0/device-model/0 | /local/domain/0/device-model/0/* | /libxl/pci) ;;
  /vm/* | /libxl/* | /local/domain/[1-9]* | /local/domain/0/device-model/* | /local/domain/0/error/backend/vbd/* | \
    /local/domain/0/backend/@(pci|qdisk|vbd|vif|console)/*) complain "xenstore node: $path $rest" ;;
  esac
done < <(xenstore-ls -f /)

# On a host with Debian's services domain 0 has a QEMU too, for its disks.
for process in /proc/[1-9]*; do
  words=()
  { mapfile -d '' -t words <"$process/cmdline"; } 2>/dev/null
  line=${words[*]-}
  case $line in
  "" | *"xen-qemu-system-i386 -xen-domid 0 "*) ;;
  xenlaunch* | */xenlaunch* | *" qemu-broker "* | xen-qemu-system* | */xen-qemu-system*) [ "${process#/proc/}" = $$ ] || complain "process: ${process#/proc/} $line" ;;
  esac
done

pci() { # of what /xenbox/devices tells
  local line
  while read -r line; do [[ $line != PCI* ]] || echo "$line"; done
}
[ "$(pci </run/xenbox-devices)" = "$(/xenbox/devices | pci)" ] ||
  complain "devices that are not as they were: $(diff <(pci </run/xenbox-devices) <(/xenbox/devices | pci))"
# Those that dom0's command line hides are there from the boot on.
read -r command_line </proc/cmdline
slots=/sys/bus/pci/drivers/pciback/slots
[ ! -e $slots ] || while read -r slot; do
  [[ " $command_line" = *" xen-pciback.hide="*"($slot)"* ]] || complain "device in pciback's slots: $slot"
done <$slots
for file in /sys/bus/pci/devices/*/driver_override; do
  read -r override <"$file"
  [ "$override" = "(null)" ] || complain "driver_override set: $file"
done
for backend in /sys/devices/vbd-*; do complain "disk that blkback holds: $backend"; done
# A case that needs one over several of these checks names its loop devices in /run/xenbox-loops.
for file in /sys/block/loop*/loop/backing_file; do
  loop=${file#/sys/block/} loop=${loop%%/*}
  grep -sqx "$loop" /run/xenbox-loops || complain "loop device: $loop: $(<"$file")"
done
for volume in /sys/block/dm-*; do complain "device-mapper device: $volume"; done
for interface in /sys/class/net/vif*; do complain "network interface of a VM: $interface"; done
for port in /sys/class/net/*/brif/*; do complain "port of a bridge: $port"; done
for state in /run/xenlaunch/{,.}[!.]*; do
  case ${state##*/} in .locks* | .qemu*) ;; *) complain "what a launcher noted: $state" ;; esac
done
for socket in /run/xen/qmp-* /run/xen/hold-*; do complain "QEMU's socket: $socket"; done
for group in /sys/fs/cgroup{,/machine.slice}/xenlaunch-*; do complain "control group of a VM: $group"; done
for root in /run/xen/root-*; do complain "QEMU's root: $root"; done
# The next case is not to suffer from this one.
if [ $status != 0 ]; then
  for vm in /run/xenlaunch/*; do
    [ ! -d "$vm" ] || timeout 20 /payload/bin/xenlaunch destroy "${vm##*/}"
  done
fi
exit $status
