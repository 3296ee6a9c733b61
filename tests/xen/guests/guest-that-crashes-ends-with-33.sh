. /payload/lib.sh
from_config linux-direct-boot </dev/null
quiet_linux_from_disk crash xen_legacy_crash # without the second word Linux resets, which Xen takes for a reboot
expect_status 33 timeout 200 xenlaunch run vm.yaml
expect_line "the guest crashed"
