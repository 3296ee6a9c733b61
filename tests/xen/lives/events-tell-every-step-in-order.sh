. /payload/lib.sh
. /payload/lives.sh
echo 'pci: ["0000:00:06.0"]' | idle_vm told
mkfifo pipe
cat pipe >by-path &
expect_status 0 xenlaunch start vm.yaml --events pipe
expect_status 0 xenlaunch destroy told
wait
xenlaunch run vm.yaml --events 5 5>by-descriptor >launcher.log 2>&1 &
launcher=$!
wait_until 180 grep -q '"name":"running"' by-descriptor
kill -TERM $launcher
expect_end 0
for events in by-path by-descriptor; do
  jq -es 'map(.time) | . == sort' $events || fail "the times do not rise"
  jq -es 'all(.vm == "told")' $events || fail "no name"
  # Each step and undo that began was done, and nothing else was.
  jq -r 'select(.phase == "begun") | "\(.event) \(.name) \(.device)"' $events >begun
  jq -r 'select(.phase == "done") | "\(.event) \(.name) \(.device)"' $events >done
  diff begun done || fail "what began and what was done differ"
  jq -r 'select(.event == "state") | .name' $events | paste -sd' ' >states
  expect_line "^starting running ending ended$" states
  expect_line "^step create_domain null" done
  expect_line "^step bind_to_pciback 0000:00:06.0" done
  expect_line "^undo restore_device 0000:00:06.0" done
done
expect_status 2 xenlaunch run vm.yaml --events 77
expect_line "cannot write events to 77: Bad file descriptor"
mkfifo unread
expect_status 2 xenlaunch run vm.yaml --events unread
expect_line "nobody reads it"
