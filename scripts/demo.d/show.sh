# Runs in dom0 of the embedded Xen host: plans configs/igd.yaml, starts it, shows what its guest sees.
set -euo pipefail
PATH=/payload/bin:$PATH
section() { printf '\n== %s\n' "$*"; }

section "the host's graphics cards (lspci in dom0)"
lspci -nn | grep -E '\[03[0-9a-f]{2}\]'

# This host's emulated card has no way to be reset. A real host leaves such a card with pciback unless it is told otherwise.
mkdir -p /etc/xenlaunch
echo 'return_without_reset: driver' >/etc/xenlaunch/host.yaml

# The guest's serial port goes to a file, so that it can be shown here; everything else is the example as it is.
sed '/^serial:/d' /payload/configs/igd.yaml >igd.yaml
echo "serial: \"file:$PWD/serial.log\"" >>igd.yaml
section "what will be done, and why: xenlaunch run --dry-run --format=plan configs/igd.yaml"
xenlaunch run --dry-run --format=plan igd.yaml

section "xenlaunch run -v configs/igd.yaml"
: >serial.log
tail -f serial.log | sed -u $'s/\r//g; s/\033\\[[0-9;]*[A-Za-z]//g; s/^/   guest says: /' &
status=0
xenlaunch run -v igd.yaml || status=$?
sleep 1 # for tail, which looks at the file once a second
kill %1
[ "$status" = 0 ] || exit "$status"

section "what the guest saw on its PCI bus"
tr -d '\r' <serial.log | grep -E '^[0-9a-f]{2}:[0-9a-f]{2}\.[0-9]' | while read -r line; do
  case $line in
    *8086:0412*) echo "$line   <== the graphics card it was given" ;;
    *) echo "$line" ;;
  esac
done
section "the host has everything back"
lspci -nnk -s 00:02.0
xl list
