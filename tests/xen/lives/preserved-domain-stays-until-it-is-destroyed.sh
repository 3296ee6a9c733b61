. /payload/lib.sh
. /payload/lives.sh
vm_file kept <<'Y'
disks: [{image: /guests/grub.iso, type: cdrom, target: hda}]
on_poweroff: preserve
Y
expect_status 0 xenlaunch start vm.yaml
preserved() { [ "$(state_of kept)" = preserved ]; }
wait_until 180 preserved
xl list | grep -q '^kept ' || fail "the domain is gone"
expect_status 0 xenlaunch destroy kept
expect_status 0 xenlaunch logs kept
expect_line "is kept as it is; .xenlaunch destroy kept. ends it"
