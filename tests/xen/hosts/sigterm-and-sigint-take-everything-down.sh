. /payload/lib.sh
for signal in TERM INT; do
  vm_file stopped <<'Y'
pci: ["0000:00:06.0", "0000:00:0a.1"]
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
  # A shell starts its background jobs with SIGINT ignored; the launcher must take it all the same.
  start_vm
  kill -$signal $launcher
  expect_end 0
  expect_line "stopped by SIG$signal" launcher.log
  bash /payload/after.sh || fail "something is left behind after SIG$signal"
done
