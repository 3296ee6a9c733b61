# Two VMs that select a GPU at the same instant get different ones, a third is told why it gets none. Each gets its own again,
# also where its launcher was killed before the guest was there.
. /payload/lib.sh
. /payload/lives.sh
# A host with two that can be had: dom0 has one, shows something on another, and another launcher is about to take a third.
mkdir -p /run/xenlaunch/.locks
held=/run/xenlaunch/.locks/pci-0000:00:02.0.lock
(flock -n 9 && exec sleep 1000) 9>>$held &
holder=$!
trap 'kill $holder' EXIT
wait_until 10 bash -c "! flock -n $held true"
for name in left right third; do
  echo 'pci: [{select: {class: gpu}, slot: "08"}]' | idle_vm $name $name.yaml
done
gpu_of() { # NAME
  xenlaunch status "$1" --json | jq -r '.pci | join(" ")'
}
free_gpus() {
  xenlaunch gpu list --json | jq -r '[.[] | select(.free).address] | join(" ")'
}

expect_status 0 xenlaunch check left.yaml
expect_line "0000:00:06.0 \(1002:5046\) was chosen as a GPU"
[ "$(free_gpus)" = "0000:00:01.0 0000:00:06.0 0000:00:07.0 0000:01:00.0" ] || fail "free are $(free_gpus)"
sed 's/class: gpu/class: gpu, numa: 0/' left.yaml >node.yaml
expect_status 0 xenlaunch check node.yaml # all that Xen has is at its one node
sed -i 's/numa: 0/numa: 1/' node.yaml
expect_status 4 xenlaunch check node.yaml
expect_line "cannot pass a GPU \(NUMA node 1\): this host has none"
[ ! -e /var/lib/xenlaunch/devices ] || fail "check has kept what it chose"

for name in left right; do xenlaunch start $name.yaml --events "$PWD/$name.events" >$name.log 2>&1 & starts+=($!); done
for start in "${starts[@]}"; do wait "$start" || fail "not both started: $(cat left.log right.log)"; done
both=$(for name in left right; do gpu_of $name; done | sort | paste -sd' ')
[ "$both" = "0000:00:06.0 0000:01:00.0" ] || fail "they have $both"
left=$(gpu_of left)
[ "$(jq -r 'select(.event == "device") | "\(.name) \(.device)"' left.events)" = "chosen $left" ] || fail "no event of the choice"
[ "$(free_gpus)" = "0000:00:01.0 0000:00:07.0" ] || fail "free are $(free_gpus)"
[ "$(stat -c %a /var/lib/xenlaunch/devices/left.devices)" = 600 ] || fail "others can read what was chosen"

expect_status 4 xenlaunch run third.yaml
expect_line "cannot pass a GPU: none of the 5 that this host has can be had"
expect_line "cannot pass 0000:00:01.0: it is the system display device"
expect_line "cannot pass 0000:00:02.0: (another process|process [0-9]+.*) holds it"
expect_line "cannot pass 0000:00:06.0: (left|right) \(domain [0-9]+\) has it"
expect_line "cannot pass 0000:00:07.0: dom0 uses it through its driver bochs-drm"
expect_line "cannot pass 0000:01:00.0: (left|right) \(domain [0-9]+\) has it"
# One that can do without starts without, and one whose guest runs has what it has, whoever asks.
sed 's/slot: "08"/optional: true/' third.yaml >without.yaml
expect_status 0 xenlaunch check without.yaml
expect_line "warning: a GPU: none of the 5"
printf 'pci: [{address: "%s", optional: true}]\n' "$left" | idle_vm busy busy.yaml
expect_status 0 xenlaunch start busy.yaml
expect_line "warning: $left: left \(domain [0-9]+\) has it"
[ -z "$(gpu_of busy)" ] || fail "it has $(gpu_of busy)"
expect_status 0 xenlaunch run --dry-run left.yaml
expect_line "hostaddr=$left"

# A launcher that was killed, and a reboot, keep the device. What was left out stays out, though it is free by then.
kill_launcher left
expect_status 0 xenlaunch recover
[ "$(gpu_of left)" = "$left" ] || fail "after recover it has $(gpu_of left)"
expect_status 0 xenlaunch reboot left
[ "$(gpu_of left)" = "$left" ] || fail "after a reboot it has $(gpu_of left)"
expect_status 0 xenlaunch destroy left
kill_launcher busy
expect_status 0 xenlaunch recover
[[ " $(free_gpus) " = *" $left "* ]] || fail "recover gave $left to a guest that does not have it"
expect_status 0 xenlaunch destroy busy

# Others leave it to the VM that had it the last time.
right=$(gpu_of right)
expect_status 0 xenlaunch destroy right
expect_status 0 xenlaunch check right.yaml
expect_line "$right \(.*\) was chosen as a GPU"
expect_status 0 xenlaunch check left.yaml
expect_line "$left \(.*\) was chosen as a GPU"

# Killed when it has chosen and not yet begun.
LD_PRELOAD=/payload/tools/kill_at_journal_write.so KILL_AT=1 KILL_WHEN=before xenlaunch run left.yaml >killed.log 2>&1 && fail "not killed"
expect_status 0 xenlaunch recover
expect_status 0 xenlaunch start left.yaml
[ "$(gpu_of left)" = "$left" ] || fail "after a kill it has $(gpu_of left)"
expect_status 0 xenlaunch destroy left
