# A card in a slot of its own, another with all its functions, and one that is not there, each as the VM file says.
. /payload/lib.sh
from_config linux-direct-boot <<Y
pci:
  - {address: "0000:00:06.0", slot: "08", permissive: true}
  - {address: "0000:00:0a.0", functions: all, slot: "07"}
  - {address: "0000:7f:00.0", optional: true}
Y
quiet_linux_from_disk

sed 's/permissive: true/strict_reset: true/' vm.yaml >strict.yaml
expect_status 4 xenlaunch check strict.yaml
expect_line "cannot pass 0000:00:06.0: it cannot be reset"

expect_status 0 timeout 200 xenlaunch run vm.yaml
expect_line "warning: 0000:7f:00.0: there is no such device"
cat serial.log
expect_guest_line "08.0 1002:5046 \[0300\]"
expect_guest_line "07.0 8086:100e \[0200\]"
expect_guest_line "07.1 8086:100e \[0200\]"
expect_driver 0000:00:0a.0 e1000
expect_driver 0000:00:0a.1 e1000
