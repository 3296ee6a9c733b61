. /payload/lib.sh
. /payload/lives.sh
echo 'pci: ["0000:00:06.0"]' | idle_vm torn
expect_status 0 xenlaunch start vm.yaml
domid=$(domid_now torn)
journal=/run/xenlaunch/torn/journal
cp $journal whole
trap 'cp whole $journal && chmod o-w $journal' EXIT
untouched() { # COMMAND...
  expect_status 4 "$@"
  xl list | grep -q '^torn ' || fail "the domain is gone"
  pgrep -f "xen-qemu-system-i386 -xen-domid $domid " >/dev/null || fail "QEMU is gone"
  expect_driver 0000:00:06.0 pciback
  cmp journal.before $journal || fail "the journal was changed"
}
kill_launcher torn
for edit in 's/"vm":"torn"/"vm":"other"/' 's/"boot":"[^"]*"/"boot":"another"/' 's/"journal":1/"journal":2/' \
  '5s/.*/rm -rf \//' 's/"kind":"restore_device"/"kind":"run_program"/'; do
  sed "$edit" whole >journal.before
  cp journal.before $journal
  untouched xenlaunch recover
  untouched xenlaunch start vm.yaml
  expect_line "cannot act on $journal: "
  expect_status 0 xenlaunch list
  expect_line "^torn +broken"
done
# Somebody else's file.
cp whole $journal
chmod o+w $journal
cp whole journal.before
untouched xenlaunch recover
expect_line "cannot trust $journal"
chmod o-w $journal
# Cut off in the midst of its last line, it says what was before.
head -c -5 whole >$journal
trap - EXIT
expect_status 0 xenlaunch destroy torn
expect_line "the last line of $journal was cut off"
