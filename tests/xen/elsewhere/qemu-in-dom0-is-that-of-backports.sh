# What this boot is for: were it the release's own, the other cases would say nothing new.
. /payload/lib.sh
/usr/lib/xen/bin/qemu-system-i386 --version >version.txt
expect_line "QEMU emulator version 1[1-9]\." version.txt
