. /payload/lib.sh
# A stand-in for XenServer's tool, with the path that host.yaml gives it.
mkdir -p /etc/xenlaunch boot
cp /payload/xen-cmdline boot/
printf 'paths: {xen_cmdline: %s/boot/xen-cmdline}\n' "$PWD" >/etc/xenlaunch/host.yaml
trap 'rm -rf /etc/xenlaunch/host.yaml /var/lib/xenlaunch' EXIT
echo "dom0_mem=1024M com1=115200,8n1 console=com1,vga" >boot/xen
echo "root=LABEL=root ro console=hvc0 console=tty0 xen-pciback.hide=(01:00.0)" >boot/dom0
cp -r boot before
expect_state() { # STATE COMMAND...
  local state
  state=$(xenlaunch "${@:2}") || fail "xenlaunch ${*:2} failed"
  [ "$state" = "$1" ] || fail "xenlaunch ${*:2} says $state, not $1"
}

# This boot has its console on com1 for Xen, and none on the display; dom0's is hvc0.
expect_state enable_on_reboot host display
expect_state disabled host disable-display
expect_state disabled host disable-display
[ "$(cat boot/xen)" = "dom0_mem=1024M com1=115200,8n1 console=com1" ] || fail "Xen's line: $(cat boot/xen)"
[ "$(cat boot/dom0)" = "root=LABEL=root ro console=hvc0 xen-pciback.hide=(01:00.0) initcall_blacklist=sysfb_init" ] || fail "dom0's line: $(cat boot/dom0)"
expect_state enable_on_reboot host enable-display

expect_state disable_on_reboot gpu disable-dom0-access 0000:00:06.0
expect_state disable_on_reboot gpu disable-dom0-access 00:06.0
grep -qF "xen-pciback.hide=(01:00.0)(0000:00:06.0)" boot/dom0 || fail "dom0's line: $(cat boot/dom0)"
[ "$(xenlaunch gpu list --json | jq -r '[.[] | "\(.address) \(.dom0_access)"] | join(", ")')" = \
  "0000:00:01.0 enabled, 0000:00:02.0 enabled, 0000:00:06.0 disable_on_reboot, 0000:00:07.0 enabled, 0000:01:00.0 disable_on_reboot" ] ||
  fail "$(xenlaunch gpu list --json)"
expect_state enabled gpu enable-dom0-access 0000:00:06.0
diff -r before boot || fail "the lines are not what they were"
[ "$(xenlaunch host disable-display --json | jq -r .display)" = disabled ] || fail "no state as JSON"
[ "$(xenlaunch gpu enable-dom0-access 01:00.0 --json | jq -r '"\(.address) \(.dom0_access)"')" = "0000:01:00.0 enabled" ] || fail "no state as JSON"

# No GPU, no such function, no address.
expect_status 4 xenlaunch gpu disable-dom0-access 0000:00:10.0
expect_line "cannot disable dom0 access to 0000:00:10.0: it is no GPU but of class 010000; "
expect_status 4 xenlaunch gpu disable-dom0-access 0000:00:1a.0
expect_line "cannot disable dom0 access to 0000:00:1a.0: there is no such PCI function"
expect_status 2 xenlaunch gpu disable-dom0-access 00:1.2.3
expect_line "cannot use '00:1.2.3' as a PCI address"

# Two at once: both are done, one after the other.
xenlaunch host enable-display >/dev/null &
xenlaunch gpu disable-dom0-access 0000:00:06.0 >/dev/null &
wait
grep -qF "console=com1,vga" boot/xen && grep -qF "(0000:00:06.0)" boot/dom0 || fail "one of two changes was lost: $(cat boot/xen boot/dom0)"
