# Why the launcher switches the ROM on itself. When this starts to work, the step can go.
. /payload/lib.sh
xl pci-assignable-add 00:02.0
cat >vm.cfg <<C
name = "xl-igd"
type = "hvm"
memory = 64
gfx_passthru = "igd"
vga = "none"
vnc = 0
pci = ["00:02.0"]
C
# As the firmware leaves it: without memory decoding nothing of the ROM can be read. Once in many runs xl passed the GPU,
# so something had left it on: the line tells, next time.
echo "command register: $(setpci -s 00:02.0 COMMAND)"
setpci -s 00:02.0 COMMAND=0:2
status=0
xl create -p vm.cfg >xl.txt 2>&1 || status=$?
cat xl.txt
xl destroy xl-igd || true
xl pci-assignable-remove -r 00:02.0
xenstore-rm /libxl/pci/0000-00-02-0 2>/dev/null || true
[ $status != 0 ] || fail "xl passed the integrated GPU"
expect_line "VBIOS image corrupt" xl.txt
