# What the cases with services share. Sourced after lib.sh.
PATH=${PATH#/payload/bin:} # the package's program
left_device=0000:00:06.0
keep=/var/lib/xenbox/services # over the reboots
mkdir -p $keep

property() { # UNIT NAME
  systemctl show --value -p "$2" "$1"
}

expect_property() { # UNIT NAME VALUE
  local value
  value=$(property "$1" "$2")
  [ "$value" = "$3" ] || fail "$2 of $1 is '$value', not '$3': $(journalctl -b -n 30 --no-pager -u "$1")"
}

# What a failing case needs to be understood.
tell_units() {
  [ $? = 0 ] || journalctl -b --no-pager -o short-precise -u 'xenlaunch@*'
}
trap tell_units EXIT

# The VM file of a service: a Linux guest that stays until it is asked to go.
service_vm() { # NAME
  cat >"/etc/xenlaunch/$1.yaml" <<Y
name: $1
memory: 256MiB
platform: {vga: none}
serial: "file:$keep/$1.serial"
disks: [$(linux_disk "$keep/$1.disk" idle)]
on_reboot: destroy
Y
}

# As a user installs it, but that this host reaches no mirror: what the package needs is there.
install_package() { # [FILE]
  DEBIAN_FRONTEND=noninteractive apt-get install -y "/payload/${1:-xenlaunch.deb}"
}

# The package and two VMs, the left one with a device, the right one with a disk that is a file.
install_services() {
  install_package
  give_back_without_reset
  service_vm left
  printf '%s\n' "pci: [\"$left_device\"]" "device_model: {restricted: true}" >>/etc/xenlaunch/left.yaml
  service_vm right
  truncate -s 1M "$keep/right.img"
  sed -i "s|}\]$|}, {image: $keep/right.img, target: xvda}]|" /etc/xenlaunch/right.yaml
  grep "^PCI $left_device " /run/xenbox-devices >$keep/device
}

# What guests of before have said is still there.
forget_serial() { # NAME...
  local name
  for name; do : >"$keep/$name.serial"; done
}

guest_is_up() { # NAME
  grep -q LINUX-IDLE "$keep/$1.serial"
}

domid_of() { # NAME
  xl domid "$1"
}

# Every process of the unit, by name, one a line.
processes_of() { # UNIT
  local group pid
  group=$(property "$1" ControlGroup)
  for pid in $(cat "/sys/fs/cgroup$group/cgroup.procs"); do tr '\0' ' ' <"/proc/$pid/cmdline" | cut -d' ' -f1; done | sort
}

expect_running() { # NAME
  local unit=xenlaunch@$1
  expect_property "$unit" ActiveState active
  domid_of "$1" >/dev/null || fail "no domain $1"
  processes_of "$unit" >processes
  expect_line 'xenlaunch$' processes
  expect_line 'xen-qemu-system-i386$' processes
}

expect_stopped() { # NAME
  expect_property "xenlaunch@$1" ActiveState inactive
  expect_property "xenlaunch@$1" Result success
  ! domid_of "$1" 2>/dev/null || fail "the domain of $1 is still there"
}

# The moment, in microseconds, of the first message of a unit in the boot before this one that has PATTERN.
moment() { # UNIT PATTERN
  local at
  at=$(journalctl -b -1 -u "$1" -o json --no-pager |
    jq -r --arg pattern "$2" 'select(.MESSAGE | tostring | test($pattern)) | .__REALTIME_TIMESTAMP' | head -n 1)
  [ -n "$at" ] || fail "no message of $1 in the boot before has '$2': $(journalctl -b -1 -u "$1" --no-pager)"
  echo "$at"
}
