. /payload/lib.sh
. /payload/lives.sh
vm_file circle <<'Y'
disks: [{image: /guests/grub-reboot.iso, type: cdrom, target: hda}]
restart_limit: {restarts: 1, seconds: 600}
Y
expect_status 33 xenlaunch run vm.yaml
expect_line "circle is not started again: it ended 2 times within 600 s, the last time so: the guest asked for a reboot"
[ "$(grep -c 'domain [0-9]* runs' output.txt)" = 2 ] || fail "it did not run twice"
