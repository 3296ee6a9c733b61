. /payload/lib.sh
for name in left right; do
  vm_file $name $name.yaml <<'Y'
pci: ["0000:00:06.0"]
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
  xenlaunch run $name.yaml >$name.log 2>&1 &
done
wait_until 180 grep -q "domain [0-9]* runs" left.log right.log
wait -n && fail "the loser ended well" || status=$?
cat left.log right.log
[ "$status" = 4 ] || fail "the loser ended with $status"
[ "$(cat left.log right.log | grep -c 'domain [0-9]* runs')" = 1 ] || fail "not exactly one runs"
[ "$(cat left.log right.log | grep -c '0000:00:06.0: .*\(has\|holds\) it')" = 1 ] || fail "the loser does not name the owner"
kill -TERM "$(jobs -pr)"
wait
