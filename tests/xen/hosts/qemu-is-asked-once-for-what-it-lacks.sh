. /payload/lib.sh
. /payload/lives.sh
real=/usr/libexec/xen-qemu-system-i386
cat >qemu <<S
#!/bin/sh
case "\$1" in -help | -device | -machine) echo "\$*" >>$PWD/asked ;; esac
exec $real "\$@"
S
chmod +x qemu
question=$'-help\n-device help'
asked() { [ "$(cat asked 2>/dev/null)" = "$1" ] || fail "QEMU was asked: $(cat asked)"; }
kept=/run/xenlaunch/.qemu
rm -rf $kept
idle_vm able able.yaml <<Y
platform: {vga: std}
device_model: {path: $PWD/qemu}
Y
sed -i '0,/^platform/{/^platform/d}' able.yaml

# Who only looks keeps nothing.
expect_status 0 xenlaunch check able.yaml
expect_status 0 xenlaunch run --dry-run able.yaml
asked "$question"$'\n'"$question"
[ ! -e $kept ] || fail "check or the dry run has written $kept"
# A start asks once, and those after it not at all.
rm asked
for _ in first second; do
  expect_status 0 xenlaunch start able.yaml
  expect_status 0 xenlaunch destroy able
done
expect_status 0 xenlaunch check able.yaml
asked "$question"
[ "$(stat -c %a $kept $kept/* | paste -sd' ')" = "700 600" ] || fail "others can read what is kept: $(ls -la $kept)"
# Another program at the same place is asked anew.
sleep 1.1
touch qemu
expect_status 0 xenlaunch start able.yaml
expect_status 0 xenlaunch destroy able
asked "$question"$'\n'"$question"

# This QEMU has no TPM; one without some devices is told of each.
echo 'tpm: {version: 2.0}' | vm_file tpm
expect_status 7 xenlaunch run vm.yaml
expect_line "cannot give the guest a TPM: QEMU at $real has none \(it does not know -tpmdev\); remove tpm"
expect_status 0 xenlaunch run --dry-run vm.yaml
expect_line "note: on this machine a start would fail: cannot give the guest a TPM"
cat >qemu <<S
#!/bin/sh
case "\$1" in
-device) $real "\$@" | grep -v '"nvme"\|"xen-pci-passthrough"' ;;
-help) $real "\$@" | grep -v '^-spice\|^-audiodev spice' ;;
*) exec $real "\$@" ;;
esac
S
truncate -s 1M disk.img
vm_file lacks <<Y
pci: ["0000:00:06.0"]
disks: [{image: $PWD/disk.img, target: nvme0}]
spice: {listen: 127.0.0.1, port: 5930}
sound: ac97
device_model: {path: $PWD/qemu}
Y
expect_status 7 xenlaunch run vm.yaml
expect_line "cannot give the guest NVMe disks: QEMU at $PWD/qemu has no device nvme; change disks, or name another QEMU"
expect_line "cannot give the guest PCI devices: QEMU at $PWD/qemu has no device xen-pci-passthrough; install"
expect_line "cannot give the guest a screen over SPICE: QEMU at $PWD/qemu does not know -spice; change spice"
expect_line "cannot give the guest sound over SPICE: QEMU at $PWD/qemu has no audio driver spice; change sound"
