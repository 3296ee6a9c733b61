# What the cases about the life of a VM share. Sourced after lib.sh.

# The VM file of a guest that answers nothing for ever; the rest comes from stdin.
idle_vm() { # NAME [FILE]
  { echo 'disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]'; cat; } | vm_file "$@"
}

# The VM file of a Linux guest that stays until it is asked to go.
linux_vm() { # NAME WORDS-OF-THE-KERNEL...
  cat >vm.yaml <<Y
name: $1
memory: 256MiB
platform: {vga: none}
serial: "file:$PWD/serial.log"
disks: [$(linux_disk linux.disk idle "${@:2}")]
Y
}

state_of() { # NAME
  xenlaunch status "$1" --json | jq -r .state
}
domid_now() { # NAME
  xenlaunch status "$1" --json | jq -r .domid
}
launcher_of() { # NAME
  xenlaunch status "$1" --json | jq -r .launcher.pid
}
expect_state() { # NAME STATE
  local state
  state=$(state_of "$1")
  [ "$state" = "$2" ] || fail "$1 is $state, not $2"
}
is_gone() { # NAME
  ! xenlaunch status "$1"
}
qemu_of() { # NAME
  pgrep -f "xen-qemu-system-i386 -xen-domid $(domid_now "$1") "
}

# Ends the VM's launcher as nothing else would, and waits until the kernel has let go of its locks.
kill_launcher() { # NAME
  local pid
  pid=$(launcher_of "$1")
  kill -KILL "$pid"
  wait_until 20 bash -c "! kill -0 $pid"
}

guest_is_idle() {
  grep -q LINUX-IDLE serial.log
}
