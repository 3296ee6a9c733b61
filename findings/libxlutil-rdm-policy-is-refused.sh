#!/bin/bash
# libxlutil of Xen 4.17, which reads xl's configuration: xlu_rdm_parse() takes the policies of xl.cfg(5) for errors, and
# words that are none for good. So rdm="strategy=host,policy=relaxed", as the manual page has it, has no effect: xl
# does not look at the result and starts the guest without a word. One would expect the policy to be taken. The same in
# the source of 4.22 (libxlu_pci.c: "if (!parse_rdm_policy(...)) goto parse_error", of a function that returns 0 for good).
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
  const char *values[] = {"strategy=host", "strategy=host,policy=relaxed", "strategy=host,policy=strict"};
  XLU_Config *config = xlu_cfg_init(stderr, "example");
  for (int i = 0; i < 3; ++i) {
    libxl_rdm_reserve rdm;
    libxl_rdm_reserve_init(&rdm);
    printf("%s: %s\n", values[i], xlu_rdm_parse(config, &rdm, values[i]) == 0 ? "taken" : "refused");
    libxl_rdm_reserve_dispose(&rdm);
  }
  xlu_cfg_destroy(config);
}
C
library=$(dirname root/usr/lib/*/libxlutil.so.4.17)
gcc -isystem root/usr/include example.c -o example -L"$library" -Wl,-rpath-link,"$library" -lxlutil -lxenlight
LD_LIBRARY_PATH=$library ./example >seen
cat seen
diff - seen <<'TEXT'
strategy=host: taken
strategy=host,policy=relaxed: refused
strategy=host,policy=strict: refused
TEXT
