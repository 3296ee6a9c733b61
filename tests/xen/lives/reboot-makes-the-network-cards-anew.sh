. /payload/lib.sh
ip link add name xenbr0 type bridge
ip link set xenbr0 up
trap 'ip link del xenbr0' EXIT
vm_file reboots <<'Y'
disks: [{image: /guests/grub-reboot.iso, type: cdrom, target: hda}]
boot: [cdrom]
nics: [{bridge: xenbr0, model: e1000, boot: false}]
restart_limit: {restarts: 1, seconds: 3600}
Y
expect_status 33 timeout 200 xenlaunch run --events events vm.yaml
[ "$(grep -c '"name":"start_tap_script","phase":"done"' events)" = 2 ] || fail "the cards were not made twice: $(cat events)"
[ "$(grep -c '"name":"disconnect_vif","phase":"done"' events)" = 2 ] || fail "the cards were not ended twice: $(cat events)"
expect_no_line '"event":"warning".*network card' events
