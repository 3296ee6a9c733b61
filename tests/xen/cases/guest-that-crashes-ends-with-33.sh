. /payload/lib.sh
vm_file crashes <<'Y'
kernel: /guests/vmlinuz
initrd: /guests/linux.img
cmdline: console=ttyS0 crash
Y
sed -i 's/64MiB/512MiB/' vm.yaml
expect_status 33 timeout 150 xenlaunch run vm.yaml
expect_line "the guest crashed"
