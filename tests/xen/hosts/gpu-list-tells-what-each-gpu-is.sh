. /payload/lib.sh
trap 'rm -f /etc/xenlaunch/host.yaml' EXIT

gpu() { # BDF JQ-FILTER
  jq -r --arg bdf "$1" '.[] | select(.address == $bdf) | '"$2" gpus.json
}
expect_gpu() { # BDF JQ-FILTER VALUE
  [ "$(gpu "$1" "$2")" = "$3" ] || fail "$1 has $2 $(gpu "$1" "$2"), not $3: $(cat gpus.json)"
}

xenlaunch gpu list --json >gpus.json
[ "$(jq -r '[.[].address] | join(" ")' gpus.json)" = "0000:00:01.0 0000:00:02.0 0000:00:06.0 0000:00:07.0 0000:01:00.0" ] ||
  fail "not the five GPUs: $(cat gpus.json)"
expect_gpu 0000:00:01.0 .is_system_display_device true
expect_gpu 0000:00:01.0 '.supported_vgpu_types | length' 0
expect_gpu 0000:00:01.0 '.why_not | length' 2 # not the display, which is on a serial port here
expect_gpu 0000:00:02.0 .integrated true
expect_gpu 0000:00:02.0 '"\(.vendor):\(.device) \(.vendor_name)"' "8086:0412 Intel Corporation"
expect_gpu 0000:00:02.0 '.supported_vgpu_types | join(" ")' passthrough
expect_gpu 0000:00:06.0 .dom0_access enabled
expect_gpu 0000:00:06.0 '"\(.owner) \(.free)"' "null true"
expect_gpu 0000:01:00.0 '.reset_methods | join(" ")' "flr pm bus"

# Who has one.
vm_file owner <<'Y'
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
pci: ["0000:00:06.0"]
Y
start_vm
xenlaunch gpu list --json >gpus.json
expect_gpu 0000:00:06.0 '"\(.owner.name) \(.owner.domid) \(.driver) \(.free)"' "owner $domid pciback false"
expect_status 0 xenlaunch gpu list
expect_line "passed to owner \(domain $domid\)"
expect_status 0 xenlaunch pci list
expect_line "^0000:00:06.0 .* owner \(domain $domid\)$"
kill -TERM $launcher
expect_end 0
