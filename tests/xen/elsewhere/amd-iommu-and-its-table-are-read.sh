# dom0 sees AMD's table as the firmware has it, where Xen renames Intel's.
. /payload/lib.sh
xl dmesg >dmesg.txt
expect_line "AMD-Vi: IOMMU 0 Enabled" dmesg.txt
table=/sys/firmware/acpi/tables/IVRS
xenlaunch host doctor --json >doctor.json || fail "the doctor finds a problem: $(cat doctor.json)"
cat doctor.json
! grep -q "cannot read the ACPI table" doctor.json || fail "the table is not read"

# One byte is another: the checksum tells.
cp $table broken
printf '\xff' | dd of=broken bs=1 seek=60 conv=notrunc status=none
mount --bind "$PWD/broken" $table
trap 'umount $table' EXIT
xenlaunch host doctor --json >doctor.json || true
grep "cannot read the ACPI table IVRS" doctor.json || fail "the broken table is not told of: $(cat doctor.json)"
