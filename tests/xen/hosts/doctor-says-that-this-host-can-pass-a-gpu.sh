. /payload/lib.sh
xenlaunch host doctor --json >doctor.json || fail "the doctor finds that no GPU can be passed: $(cat doctor.json)"
[ "$(jq -r .can_pass_a_gpu doctor.json)" = true ] || fail "$(cat doctor.json)"
for name in hvm iommu xen_version pciback xenstored xenconsoled qemu; do
  [ "$(jq -r --arg name $name '.checks[] | select(.check == $name) | .status' doctor.json)" = ok ] ||
    fail "$name is not ok: $(cat doctor.json)"
done
[ "$(jq -r '[.checks[] | select(.status == "problem")] | length' doctor.json)" = 0 ] || fail "a problem: $(cat doctor.json)"
expect_status 0 xenlaunch host doctor
expect_line "^ok +iommu"

# Without one of the daemons, the device model, pciback: each is named, and what to do.
kill "$(cat /run/xenconsoled.pid)"
printf 'paths: {qemu: /nowhere/qemu}\n' >host.yaml
mkdir -p /etc/xenlaunch
mv host.yaml /etc/xenlaunch/
trap 'rm -f /etc/xenlaunch/host.yaml; modprobe xen-pciback; xenconsoled --log=none --pid-file=/run/xenconsoled.pid' EXIT
wait_until 10 bash -c "! pgrep xenconsoled"
rmmod xen-pciback
expect_status 4 xenlaunch host doctor
expect_line "^warning +xenconsoled"
expect_line "^problem +pciback .*modprobe xen-pciback"
expect_line "^problem +qemu .*/nowhere/qemu"
