# What the cases share. Sourced first by each: `. /payload/lib.sh`.
set -euo pipefail
PATH=/payload/bin:$PATH

# Most of this host's devices have no way to be reset, and the cases look whether their drivers have them again. Those of the
# package, which brings this file along, do it by themselves.
give_back_without_reset() {
  mkdir -p /etc/xenlaunch
  echo 'return_without_reset: driver' >>/etc/xenlaunch/host.yaml
}
[ -e /payload/xenlaunch.deb ] || [ -e /etc/xenlaunch/host.yaml ] || give_back_without_reset

# What VMs of this case did, too: it is gone with the host.
case_began=$EPOCHSECONDS
fail() {
  echo "FAILED: $*"
  find /var/log/xenlaunch -name '*.log' -newermt "@$case_began" -exec tail -v -n 15 {} +
  exit 1
}

# Runs a command that has to end with the status $1; both outputs go to output.txt, and to the log.
expect_status() {
  local expected=$1 status=0
  shift
  "$@" >output.txt 2>&1 || status=$?
  cat output.txt
  [ "$status" = "$expected" ] || fail "'$*' ended with $status, not $expected"
}

expect_line() { # PATTERN [FILE]
  grep -qE -- "$1" "${2:-output.txt}" || fail "no line like '$1' in ${2:-output.txt}: $(cat "${2:-output.txt}" 2>&1)"
}

expect_no_line() { # PATTERN [FILE]
  ! grep -qE -- "$1" "${2:-output.txt}" || fail "a line like '$1' in ${2:-output.txt}"
}

# What the guest wrote on its serial port; GRUB ends its lines with LF CR.
expect_guest_line() { # PATTERN
  tr -d '\r' <serial.log >serial.txt
  expect_line "$1" serial.txt
}

# Waits without starting a process for it: dom0 and its guests share one emulated processor, and a guest that dom0 looked at
# ten times a second took three times as long to boot.
exec {nothing}<> <(:)
pause() { # SECONDS
  read -rt "$1" -u "$nothing" || true
}

# Waits until a command succeeds, more and more seldom asked, at last once a second; the emulated host is slow, so the limit
# only has to tell "slow" from "never".
wait_until() { # SECONDS COMMAND...
  local deadline=$((SECONDS + $1)) tenths=1
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || fail "'$*' did not come true"
    pause $((tenths / 10)).$((tenths % 10))
    [ $tenths = 10 ] || tenths=$((tenths + 1))
  done
}

# A copy of an example VM file whose guest writes its serial port to serial.log, and what stdin adds.
from_config() { # EXAMPLE
  sed '/^serial:/d' "/payload/configs/$1.yaml" >vm.yaml
  printf 'serial: "file:%s/serial.log"\n' "$PWD" >>vm.yaml
  cat >>vm.yaml
}

# Under emulation a Linux that talks to a serial console, or looks for early PCI quirks, takes minutes to boot. The
# guest's own init writes to the serial port all the same. The other words save a quarter of what the kernel itself takes.
quiet_words="quiet pci=noearly rodata=off mitigations=off nokaslr audit=0 apparmor=0 cryptomgr.notests"
quiet_linux() { # MORE-OF-THE-KERNEL-COMMAND-LINE...
  sed -i "s|^cmdline:.*|cmdline: $quiet_words $*|" vm.yaml
}

# The same Linux from a disk, for those who do not look at the kernel's way in: the firmware reads what `kernel:` names byte
# by byte, which is most of a boot. Makes the disk, with the kernel's command line in the space for it, and tells what is to
# stand in a VM file's `disks`.
linux_disk() { # FILE MORE-OF-THE-KERNEL-COMMAND-LINE...
  local file=$1 before="linux /vmlinuz " at
  shift
  cp /guests/linux.disk "$file"
  at=$(grep -abo -m 1 "$before" "$file")
  printf '%-1000s' "$quiet_words $*" | dd of="$file" bs=1 seek=$((${at%%:*} + ${#before})) conv=notrunc status=none
  echo "{image: \"$(realpath "$file")\", target: nvme1, readonly: true}"
}

# Has the VM file of from_config boot from that disk, its first.
quiet_linux_from_disk() { # MORE-OF-THE-KERNEL-COMMAND-LINE...
  local disk
  disk=$(linux_disk linux.disk "$@")
  sed -i '/^\(kernel\|initrd\|cmdline\):/d' vm.yaml
  if grep -q '^disks:' vm.yaml; then
    sed -i "s|^disks: \[|&$disk, |" vm.yaml
  else
    echo "disks: [$disk]" >>vm.yaml
  fi
}

# A small VM file; the rest comes from stdin.
vm_file() { # NAME [FILE]
  { printf 'name: %s\nmemory: 64MiB\nplatform: {vga: none}\nserial: "file:%s/serial.log"\n' "$1" "$PWD"; cat; } >"${2:-vm.yaml}"
}

# The VM file of a small VM with a device and a disk, for cases in whose life something goes wrong, and which look several
# times at what that left.
make_victim() {
  truncate -s 1M disk.img
  loop=$(losetup --find --show disk.img)
  echo "${loop#/dev/}" >/run/xenbox-loops
  trap 'losetup -d "$loop"; rm /run/xenbox-loops' EXIT
  cat >vm.yaml <<Y
name: victim
memory: 32MiB
platform: {vga: none}
serial: pty
pci: ["0000:01:00.0"]
disks: [{image: $loop, target: xvda}]
Y
}

# With a broker for its device, and a QEMU for a disk that is a file, beside its own.
accompany_victim() {
  truncate -s 1M served.img
  sed -i "s|^disks: .*|disks: [{image: $loop, target: xvda}, {image: $PWD/served.img, target: xvdb}]|" vm.yaml
  echo 'device_model: {restricted: true}' >>vm.yaml
}

# Starts the VM in the background and waits until its guest runs: $launcher is the process, its output in launcher.log.
start_vm() { # [FILE]
  : >launcher.log
  xenlaunch run "${1:-vm.yaml}" >launcher.log 2>&1 &
  launcher=$!
  local deadline=$((SECONDS + 60))
  until grep -q "domain [0-9]* runs" launcher.log; do
    kill -0 $launcher 2>/dev/null || fail "the VM did not start: $(cat launcher.log)"
    [ $SECONDS -lt $deadline ] || fail "the VM did not start in time: $(cat launcher.log)"
    pause 0.2
  done
  domid=$(sed -n 's/.*domain \([0-9]*\) runs.*/\1/p' launcher.log | tail -n 1)
}

# Waits for the launcher of start_vm, which has to end with the status $1.
expect_end() {
  local status=0
  wait "$launcher" || status=$?
  cat launcher.log
  [ "$status" = "$1" ] || fail "the launcher ended with $status, not $1"
}

driver_of() { # BDF
  local link
  link=$(readlink "/sys/bus/pci/devices/$1/driver") || link=none
  echo "${link##*/}"
}
expect_driver() { # BDF DRIVER
  local driver
  driver=$(driver_of "$1")
  [ "$driver" = "$2" ] || fail "$1 is with '$driver', not $2"
}

# A video BIOS of an Intel GPU's: one image of 512 bytes; without a right checksum the guest's firmware does not run it. What
# the guests /guests/grub*.iso print of theirs has A-ROM-OF-A-FILE in it.
rom_file() { # FILE
  local file=$1
  word() { printf "\\x$(printf %02x $(($1 & 255)))\\x$(printf %02x $(($1 >> 8)))"; }
  put() { dd of="$file" bs=1 seek=$(($1)) conv=notrunc status=none; }
  truncate -s 512 "$file"
  printf '\x55\xaa\x01\xcb' | put 0
  word 0x40 | put 0x18
  { printf PCIR; word 0x8086; word 0x0416; } | put 0x40
  { word 1; word 0; word 0x8000; } | put 0x50
  printf 'A-ROM-OF-A-FILE' | put 0x60
}
