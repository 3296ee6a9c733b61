#!/bin/bash
# libxlutil of Xen 4.17, which reads xl's configuration: in pci=[ '00:02.0,permissive=yes' ] the value goes through
# atoi(), so that "yes" and "true" switch the option off, without a word; only a number other than 0 switches it on. The
# other yes-or-no options of a PCI device (msitranslate, seize) are read alike.
# Seen with libxenmisc4.17 4.17.7+13-g2445b30a44-0+deb12u1. No hypervisor is needed. Needs: gcc, apt-get, libyajl2. Fails
# where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
packages=()
for name in libxen-dev libxenmisc4.17 libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 \
  libxenhypfs1 libxenstore4 libxentoolcore1 libxentoollog1; do
  packages+=("$name=4.17.7+13-g2445b30a44-0+deb12u1")
done
apt-get -q download "${packages[@]}" >download.log 2>&1 || { cat download.log >&2; exit 1; }
for package in ./*.deb; do dpkg -x "$package" root; done

cat >example.c <<'C'
#include <libxl.h>
#include <libxlutil.h>
#include <stdio.h>

int main(void) {
  const char *values[] = {"1", "yes", "true"};
  XLU_Config *config = xlu_cfg_init(stderr, "example");
  for (int i = 0; i < 3; ++i) {
    char spec[64];
    snprintf(spec, sizeof spec, "00:02.0,permissive=%s,msitranslate=%s", values[i], values[i]);
    libxl_device_pci pci;
    libxl_device_pci_init(&pci);
    int result = xlu_pci_parse_spec_string(config, &pci, spec);
    printf("%s: result %d, permissive %d, msitranslate %d\n", spec, result, pci.permissive, pci.msitranslate);
    libxl_device_pci_dispose(&pci);
  }
  xlu_cfg_destroy(config);
}
C
library=$(dirname root/usr/lib/*/libxlutil.so.4.17)
gcc -isystem root/usr/include example.c -o example -L"$library" -Wl,-rpath-link,"$library" -lxlutil -lxenlight
LD_LIBRARY_PATH=$library ./example >seen
cat seen
diff - seen <<'TEXT'
00:02.0,permissive=1,msitranslate=1: result 0, permissive 1, msitranslate 1
00:02.0,permissive=yes,msitranslate=yes: result 0, permissive 0, msitranslate 0
00:02.0,permissive=true,msitranslate=true: result 0, permissive 0, msitranslate 0
TEXT
