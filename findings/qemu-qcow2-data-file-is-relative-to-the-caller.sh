#!/bin/bash
# qcow2 in qemu-img 7.2.22: an image's header may name a backing file, and a file that holds its data. A relative name of the
# first is looked for beside the image. A relative name of the second is looked for in the folder that the caller is in, so the
# same image opens in one folder and not in another, or there opens another file. `amend` puts a whole path in its place.
# Seen with qemu-utils 1:7.2+dfsg-7+deb12u18+b3. Needs: apt-get, and Debian 12's glib, gnutls and zstd. Fails where the
# behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download qemu-utils=1:7.2+dfsg-7+deb12u18+b3 libaio1=0.3.113-4 liburing2=2.3-3 libfuse3-3=3.14.0-4 >download.log 2>&1 ||
  { cat download.log >&2; exit 1; }
for package in ./*.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu:$work/root/lib/x86_64-linux-gnu LC_ALL=C
qemu_img() { "$work/root/usr/bin/qemu-img" "$@"; }

mkdir images
(
  cd images
  qemu_img create -q -f raw base.raw 1M
  qemu_img create -q -f qcow2 -b base.raw -F raw with-base.qcow2
  qemu_img create -q -f qcow2 -o data_file=data.raw,data_file_raw=on with-data.qcow2 1M
)
opens() { # IMAGE
  qemu_img map "$1" >/dev/null 2>error && echo "$1 opens" || sed 's/^qemu-img: //' error
}
{
  opens images/with-base.qcow2
  opens images/with-data.qcow2
  cd images
  opens with-data.qcow2
  qemu_img amend -f qcow2 -o data_file="$work/images/data.raw" with-data.qcow2
  cd ..
  opens images/with-data.qcow2
} >seen
cat seen
diff - seen <<'TEXT'
images/with-base.qcow2 opens
Could not open 'images/with-data.qcow2': Could not open 'data.raw': No such file or directory
with-data.qcow2 opens
images/with-data.qcow2 opens
TEXT
