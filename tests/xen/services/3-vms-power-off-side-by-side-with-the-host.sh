. /payload/lib.sh
. /payload/services.sh
for vm in left right; do
  journalctl -b -1 -o short-precise --no-pager -u xenlaunch@$vm
  moment xenlaunch@$vm "the guest powered off" >/dev/null
done
left_begin=$(moment xenlaunch@left '^Stopping ') left_end=$(moment xenlaunch@left '^Stopped ')
right_begin=$(moment xenlaunch@right '^Stopping ') right_end=$(moment xenlaunch@right '^Stopped ')
[ "$left_begin" -lt "$right_end" ] || fail "the right one had stopped before the left one was asked to"
[ "$right_begin" -lt "$left_end" ] || fail "the left one had stopped before the right one was asked to"
for end in $left_end $right_end; do
  [ "$end" -le "$(moment xendomains '^Stopping ')" ] || fail "xendomains found our domains"
  [ "$end" -le "$(moment xen '^Stopping ')" ] || fail "xenstored went before the VMs"
done
