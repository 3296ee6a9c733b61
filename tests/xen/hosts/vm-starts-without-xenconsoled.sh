. /payload/lib.sh
pkill xenconsoled
wait_until 10 bash -c '! pgrep xenconsoled'
trap 'xenconsoled --log=none --pid-file=/run/xenconsoled.pid' EXIT
vm_file no-console <<'Y'
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
Y
expect_status 0 xenlaunch run vm.yaml
expect_guest_line GUEST-DONE
