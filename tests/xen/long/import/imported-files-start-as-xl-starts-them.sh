# Files of xl's, each started paused by xl and, imported, by xenlaunch: QEMU's command line and all nodes of the domain and its
# backends. Each line that one has and the other has not is explained in xl-differences, or the case fails.
. /payload/lib.sh
# The same for both: what this host has in the place of those people's disks, bridges and devices. 15.cfg is left out: what is
# its own (q35, a firmware file, a ROM file, serial='stdio') one of the two refuses.
stand_ins() { # FILE: on stdout
  # Neither traditional QEMU nor so much memory is here.
  sed -e 's/qemu-xen-traditional/qemu-xen/' -e 's/^\(max\)\?mem\(ory\)\? *= *["0-9]*$/\1mem\2=64/' -e 's/virbr0\|br0,/xenbr0,/' -e "s/xenxenbr0/xenbr0/" "$1" |
    case $1 in
    02.cfg) sed "s/'01:00.0', '01:00.1'/'00:0a.0', '00:0a.1'/" ;;
    # xenlaunch refuses an image with a space in its path, see below.
    04.cfg) sed -e 's#/srv/big disk/vm 04-1.img#/srv/vm04/disk1.img#' -e "/^pci=/s/.*/pci=[ '00:0a.0,permissive=1', '00:0a.1,permissive=1', '00:06.0' ]/" ;;
    # xl refuses both lines, and the read-only disk.
    08.cfg) sed -e '/^vncdisplay\|^cmdline/d' -e 's/access=ro/access=rw/' -e 's/"0000:00:1f.6", "0000:04:00.0"/"0000:00:0b.0"/' ;;
    09.cfg) cat ;;
    # import refuses USB devices by bus and address, and xl cannot pass an integrated GPU with this kernel.
    16.cfg) sed -e '/^usbdevice/d' -e '/^gfx_passthru/d' -e 's/00:02.0/00:06.0/' ;;
    esac
}
make_what_they_name() {
  ip link add name xenbr0 type bridge
  ip link set xenbr0 up
  mkdir -p /srv/vm02 /srv/vm04 /srv/vm08 /srv/vm09 /srv/vm16 /usr/share/ovmf /dev/vg0
  for file in vm02/disk1.img vm02/disk2.iso vm04/disk1.img vm08/disk2.img vm08/disk3.img vm09/disk1.qcow2 \
    vm09/disk2.iso vm09/disk3.iso vm16/disk1.img vm16/disk2.iso; do
    truncate -s 4M "/srv/$file"
  done
  [ -e /usr/share/ovmf/OVMF.fd ] || truncate -s 2M /usr/share/ovmf/OVMF.fd # only loaded
  cdrom=$(losetup --find --show --read-only /srv/vm02/disk2.iso)
  volume=$(losetup --find --show /srv/vm08/disk2.img)
  ln -s "$cdrom" /dev/cdrom
  ln -s "$volume" /dev/vg0/vm08-2
}
take_away() {
  xl destroy "$name" 2>/dev/null || true
  for bdf in 00:0a.0 00:0a.1 00:06.0 00:0b.0 01:00.0; do xl pci-assignable-remove -r $bdf 2>/dev/null || true; done
  xenstore-rm /libxl/pci # xl leaves empty nodes there
  losetup -d "$cdrom" "$volume"
  ip link del xenbr0
  rm -rf /srv/* /dev/cdrom /dev/vg0
}
name=none
make_what_they_name
trap take_away EXIT

# QEMU's arguments, an option and its value a line; then the nodes with who may read them.
what_there_is() { # DOMID
  local pid
  pid=$(xenstore-read "/local/domain/$1/image/device-model-pid")
  tr '\n\0' ' \n' <"/proc/$pid/cmdline" | awk '/^-/ { if (line) print line; line = $0; next } { line = line " " $0 }
    END { print line }' | sed 's/^/qemu /'
  uuid=$(xenstore-read "/local/domain/$1/vm")
  for path in "/local/domain/$1" "$uuid" "/libxl/$1" "/local/domain/0/device-model/$1" /local/domain/0/backend; do
    xenstore-ls -fp "$path"
  done
  xenstore-ls -fp /libxl/pci
}
# What is never twice the same.
normalised() { # DOMID UUID
  sed -E -e "s|$2|UUID|g" -e "s#(/local/domain/|/libxl/|/device-model/|/backend/[a-z]+/)$1\b#\1DOMID#g" -e "s#([(,][nrwb])$1\b#\1DOMID#g" -e "s#-xen-domid $1\b#-xen-domid DOMID#" \
    -e "s#(vif|qmp-[a-z]*-)$1\b#\1DOMID#g" -e "s#((domid|frontend-id) = \")$1\"#\1DOMID\"#" -e 's#00:16:3e:[0-9a-f:]*#MAC#g' \
    -e 's#/dev/pts/[0-9]+#PTY#g' -e 's#(/(port|ring-ref|start_time|device-model-pid|generation-id) = ").*"#\1…"#' \
    -e 's/ +\(/ (/' | sort
}
started() { # BY DOMID
  what_there_is "$2" >raw.txt
  normalised "$2" "${uuid#/vm/}" <raw.txt >"$name.$1"
}

mkdir -p "$OUT"
for file in 02 04 08 09 16; do
  cd /payload/xlcfg
  stand_ins $file.cfg >"$OUT/$file.cfg"
  cd "$OUT"
  name=$(sed -n "s/^name *= *['\"]\(.*\)['\"]/\1/p" $file.cfg)
  for bdf in $(grep '^pci' $file.cfg | grep -oE '[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]'); do xl pci-assignable-add "$bdf"; done
  began=$SECONDS
  xl create -p $file.cfg || fail "xl does not start $file.cfg"
  started xl "$(xl domid "$name")"
  xl destroy "$name"
  xenlaunch import -q $file.cfg >$file.yaml || [ $? = 3 ] || fail "$file.cfg is not imported"
  [ -s $file.yaml ] || fail "$file.cfg is not imported: $(xenlaunch import --check $file.cfg)"
  expect_status 0 xenlaunch start --paused $file.yaml
  started xenlaunch "$(xenlaunch status "$name" --json | jq -r .domid)"
  expect_status 0 xenlaunch destroy "$name"
  { comm -23 "$name.xl" "$name.xenlaunch" | sed 's/^/xl /'; comm -13 "$name.xl" "$name.xenlaunch" | sed 's/^/xenlaunch /'; } >"$name.differences"
  echo "$file: $((SECONDS - began)) s"
done

# QEMU takes the path of 04.cfg's disk only up to its first space, and serves nothing. xl puts the file on a loop device.
mkdir "/srv/big disk"
truncate -s 4M "/srv/big disk/vm 04-1.img"
sed 's#/srv/vm04/disk1.img#/srv/big disk/vm 04-1.img#' 04.yaml >space.yaml
expect_status 4 xenlaunch check space.yaml
expect_line "cannot use the disk image /srv/big disk/vm 04-1.img: QEMU takes the path of a paravirtual disk's image only up to"

# Lines of `xl PATTERN` and `xenlaunch PATTERN`, below what explains them.
grep -hE '^(xl|xenlaunch) ' /payload/xlcfg/xl-differences >patterns || true
sort -u ./*.differences >all
grep -vxEf patterns all >unexplained || true
[ ! -s unexplained ] || fail "not explained: $(cat unexplained)"
while read -r pattern; do
  grep -qxE -- "$pattern" all || fail "xl-differences explains what is no difference: $pattern"
done <patterns
