#!/bin/bash
# Debian 12's Xen (libxenlight) starts UEFI guests with /usr/share/ovmf/OVMF.fd, by a path that is compiled in, and Debian 12's
# package ovmf has that file; but it has no driver for Xen in it, in none of its compressed volumes. edk2 moved its support for
# Xen into a build of its own, OvmfXen, which begins as an ELF file and which Debian does not package.
# Seen with libxenmisc4.17 4.17.7+13-g2445b30a44-0+deb12u1 and ovmf 2022.11-6+deb12u2. Needs: apt-get, python3, strings (binutils).
# Fails where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download libxenmisc4.17=4.17.7+13-g2445b30a44-0+deb12u1 ovmf=2022.11-6+deb12u2 >download.log 2>&1 || { cat download.log >&2; exit 1; }
for package in ./*.deb; do dpkg -x "$package" root; done

{
  echo "Xen's: $(find root -name 'libxenlight.so.*' -type f -exec strings {} + | grep -x '/.*OVMF.fd')"
  python3 - root/usr/share/ovmf/OVMF.fd <<'PYTHON'
import lzma
import sys

firmware = open(sys.argv[1], "rb").read()
print("ELF:", firmware.startswith(b"\x7fELF"))
found = {}
start = firmware.find(b"\x5d\x00\x00")  # as an LZMA stream begins
while start >= 0:
    try:
        volume = lzma.LZMADecompressor(format=lzma.FORMAT_ALONE).decompress(firmware[start:])
    except lzma.LZMAError:
        volume = b""
    for name in ("DxeCore", "SataController", "XenBusDxe", "XenIoPciDxe", "XenPvBlkDxe"):
        found[name] = found.get(name, False) or name.encode("utf-16-le") in volume
    start = firmware.find(b"\x5d\x00\x00", start + 1)
for name, is_there in found.items():
    print(f"{name}: {is_there}")
PYTHON
} >seen
cat seen
diff - seen <<'TEXT'
Xen's: /usr/share/ovmf/OVMF.fd
ELF: False
DxeCore: True
SataController: True
XenBusDxe: False
XenIoPciDxe: False
XenPvBlkDxe: False
TEXT
