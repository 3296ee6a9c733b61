. /payload/lib.sh
trap 'rm -rf /tmp/host-copy /tmp/host-copy.json' EXIT

xenlaunch host copy /tmp/host-copy --json >/tmp/host-copy.json || fail "no copy: $(cat /tmp/host-copy.json)"
for path in sys/bus/pci/devices proc/cmdline dev/vga_arbiter xen-commandline; do
  jq -e --arg path $path '[.taken[].path] | index($path)' /tmp/host-copy.json >/dev/null ||
    fail "$path is not among what was taken: $(cat /tmp/host-copy.json)"
done
[ "$(jq -r '.left_out | length' /tmp/host-copy.json)" = 0 ] || fail "root could not read all: $(cat /tmp/host-copy.json)"

# The copy says what the host says, but for what only a running hypervisor knows.
xenlaunch pci list --json | jq 'map(del(.owner))' >here.json
xenlaunch pci list --json --root /tmp/host-copy | jq 'map(del(.owner))' >copy.json
diff here.json copy.json || fail "pci list differs"
xenlaunch gpu list --json | jq 'map({address, driver, is_system_display_device, dom0_access, reset_methods, integrated})' >here.json
xenlaunch gpu list --json --root /tmp/host-copy | jq 'map({address, driver, is_system_display_device, dom0_access, reset_methods, integrated})' >copy.json
diff here.json copy.json || fail "gpu list differs"
[ "$(xenlaunch host display)" = "$(xenlaunch host display --root /tmp/host-copy)" ] || fail "host display differs"
[ "$(cat /tmp/host-copy/xen-commandline)" = "$(xl info | sed -n 's/^xen_commandline *: //p')" ] || fail "Xen's line: $(cat /tmp/host-copy/xen-commandline)"

# No more of a config space than its header, and no hardware address.
for config in /tmp/host-copy/sys/bus/pci/devices/*/config; do
  [ "$(stat -c %s "$config")" -le 64 ] || fail "$config has $(stat -c %s "$config") bytes"
done
! find /tmp/host-copy/sys -name address -o -name serial -o -name wwid | grep . || fail "an address or a serial number"

# What is there already stays.
expect_status 2 xenlaunch host copy /tmp/host-copy
expect_line "cannot copy the host to /tmp/host-copy: it is there already; name a new or an empty folder"
