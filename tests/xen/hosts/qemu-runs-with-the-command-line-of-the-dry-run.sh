. /payload/lib.sh
vm_file "odd.name_-1" <<'Y'
vcpus: 2
pci: [{address: "0000:00:06.0", permissive: true}]
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
xenlaunch run --dry-run --json --domid 1 vm.yaml 2>/dev/null >one.json
xenlaunch run --dry-run --json --domid 1 vm.yaml 2>/dev/null >two.json
cmp one.json two.json
start_vm
xenlaunch run --dry-run --json --domid "$domid" vm.yaml 2>/dev/null | jq -r '.device_model.argv[]' >planned
printf '%s\n' -chardev socket,id=xenlaunch-hold,fd=0,server=on,wait=on >>planned # all that a start adds
tr '\0' '\n' <"/proc/$(xenstore-read "/local/domain/$domid/image/device-model-pid")/cmdline" >real
diff planned real || fail "QEMU's command line is not the planned one"
xenlaunch run --dry-run --json --domid "$domid" vm.yaml 2>/dev/null |
  jq -r '.xenstore[] | select(.value != "" and (.path | test("/platform/|/hvmloader/|/backend/pci/.*/(dev|key|vdevfn|opts)"))) | "\(.path) \(.value)"' |
  while read -r path value; do
    [ "$(xenstore-read "$path")" = "$value" ] || fail "$path is not $value"
  done
kill -TERM $launcher
expect_end 0
