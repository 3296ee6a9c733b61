# What this boot is for: were it the release's own, the other cases would say nothing new.
. /payload/lib.sh
vm_file any </dev/null
expect_status 0 xenlaunch run --dry-run vm.yaml
qemu=$(grep -oE -m 1 '^/[^ ]*qemu-system-i386' output.txt) || fail "the dry run names no QEMU"
"$qemu" --version >version.txt
cat version.txt
expect_line "QEMU emulator version 1[1-9]\." version.txt
