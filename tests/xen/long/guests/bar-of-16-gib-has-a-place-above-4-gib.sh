# A device whose BAR is larger than all below 4 GiB: hvmloader puts it above, and Linux finds it there, with its memory decoded.
. /payload/lib.sh
read -r start end _ < <(sed -n 3p /sys/bus/pci/devices/0000:00:0d.0/resource)
[ $((end - start + 1)) = $((16 << 30)) ] || fail "the host's device has a BAR of $((end - start + 1)) bytes"
from_config linux-direct-boot <<'Y'
pci: ["0000:00:0d.0"]
Y
quiet_linux_from_disk bars
expect_status 0 timeout 300 xenlaunch run vm.yaml
cat serial.log
expect_guest_line "^00:06\.0 1b36:0005 \[00ff\]"
# Aligned to its size: at 16 GiB or a multiple of that.
expect_guest_line "^BAR 00:06\.0 0x[0-9a-f]*[048c]00000000 16384 MiB"
expect_line "pci dev 06:0 bar 18 size 400000000: [0-9a-f]*[048c]0000000c" <(xl dmesg)
