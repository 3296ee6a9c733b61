# Why the launcher switches memory decoding on before QEMU reads the integrated GPU's video BIOS: pciback leaves it off,
# and Linux' `rom` does not see to it. When it does, the step can go.
. /payload/lib.sh
rom=/sys/bus/pci/devices/0000:00:02.0/rom
before=$(setpci -s 00:02.0 COMMAND)
first_bytes() { # 0|1: memory decoding
  setpci -s 00:02.0 COMMAND="$1":2
  echo 1 >$rom
  head -c 2 $rom | od -An -tx1 | tr -d ' '
  echo 0 >$rom
}
off=$(first_bytes 0) on=$(first_bytes 2)
setpci -s 00:02.0 COMMAND="$before"
echo "without memory decoding '$off', with it '$on'"
[ "$on" = 55aa ] || fail "the ROM is not there even so"
[ "$off" != 55aa ] || fail "the ROM is there without memory decoding"
