# What the cases that reboot share. Sourced after lib.sh.
gpu=0000:00:01.0 # the primary card

expect_states() { # DOM0-ACCESS DISPLAY
  local access display
  access=$(xenlaunch gpu list --json | jq -r --arg bdf $gpu '.[] | select(.address == $bdf) | .dom0_access')
  display=$(xenlaunch host display --json | jq -r .display)
  [ "$access $display" = "$1 $2" ] || fail "dom0_access and display are $access and $display, not $1 and $2"
}

set_state() { # NEW-STATE COMMAND...
  local state start=$SECONDS
  state=$(xenlaunch "${@:2}") || fail "xenlaunch ${*:2} failed"
  echo "xenlaunch ${*:2}: $state, after $((SECONDS - start)) s"
  [ "$state" = "$1" ] || fail "xenlaunch ${*:2} says $state, not $1"
}

# Everything that decides the next boot, into a folder.
boot_files() { # FOLDER
  mkdir -p "$1"
  cp /boot/grub/grub.cfg "$1/"
  for folder in /etc/default/grub.d /etc/modprobe.d /etc/initramfs-tools/hooks /var/lib/xenlaunch; do
    [ ! -d $folder ] || find $folder -type f -exec sha256sum {} + | sort
  done >"$1/files"
}

# The path of a VM file for a guest that gets the primary card.
gpu_vm() {
  [ -e vm.yaml ] || vm_file gpu-vm <<Y
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
pci: ["$gpu"]
Y
  echo vm.yaml
}
