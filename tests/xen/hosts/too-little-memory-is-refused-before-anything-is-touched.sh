. /payload/lib.sh
vm_file big <<'Y'
pci: ["0000:00:06.0"]
Y
sed -i 's/64MiB/64GiB/' vm.yaml
expect_status 5 xenlaunch run -v vm.yaml
expect_line "cannot give the guest 64 GiB: .* MiB are free"
expect_no_line "bind 0000:00:06.0"
expect_status 5 xenlaunch check vm.yaml
