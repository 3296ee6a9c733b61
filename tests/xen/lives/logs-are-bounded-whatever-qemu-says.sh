. /payload/lib.sh
. /payload/lives.sh
cat >talkative <<'S'
#!/bin/sh
head -c 5000000 /dev/zero | tr '\0' 'x' | fold -w 99
exec /usr/libexec/xen-qemu-system-i386 "$@"
S
chmod +x talkative
echo "device_model: {path: $PWD/talkative}" | idle_vm chatty
expect_status 0 xenlaunch start vm.yaml --ready-timeout 200
log=/var/log/xenlaunch/chatty.log
within() { # FILE: a MiB, and what came while that was cut off
  [ "$(stat -c %s "$1")" -le 1100000 ]
}
wait_until 20 within $log
within $log.1 || fail "the old log has $(stat -c %s $log.1) bytes"
# In the place of the guest, which would take minutes for that.
head -c 3000000 /dev/zero >>serial.log
wait_until 20 within serial.log
within serial.log.1 || fail "what the guest has said before has $(stat -c %s serial.log.1) bytes"
expect_status 0 xenlaunch destroy chatty
expect_status 0 xenlaunch logs chatty -n 2
[ "$(wc -l <output.txt)" = 2 ] || fail "not two lines"
