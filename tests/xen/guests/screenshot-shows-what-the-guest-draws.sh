# A boot sector draws the left half of the screen red and the right half green (VGA mode 13h, colours 4 and 2).
. /payload/lib.sh
{
  printf '\xb8\x13\x00\xcd\x10\xb8\x00\xa0\x8e\xc0\x31\xff\xba\xc8\x00' # set the mode; es:di is the picture; dx counts lines
  printf '\xb0\x04\xb9\xa0\x00\xf3\xaa\xb0\x02\xb9\xa0\x00\xf3\xaa\x4a\x75\xef' # a line
  printf '\xfb\xf4\xeb\xfc'                                             # sti; hlt; again
  head -c 474 /dev/zero
  printf '\x55\xaa'
} >drawing.img
printf 'secret\n' >password
chmod 600 password
vm_file drawn <<Y
video_card: Standard_VGA
vnc: {port: 5907, password_file: "$PWD/password"}
disks: [{image: "$PWD/drawing.img", target: hda}]
boot: [disk]
Y
sed -i '/^platform:/d' vm.yaml

chmod 644 password
expect_status 4 xenlaunch check vm.yaml
expect_line "cannot use the password file $PWD/password: others than root can read or replace it"
chmod 600 password

# Debian's QEMU for Xen has no DES, of which VNC's passwords are made.
expect_status 7 xenlaunch run vm.yaml
expect_line "cannot give the guest a screen over VNC with a password: QEMU at .* can do no passwords for VNC \(its libraries have no DES\)"
sed -i 's/, password_file: [^}]*//' vm.yaml

start_vm
expect_line "the guest's screen is at 127.0.0.1, port 5907 \(VNC\)" launcher.log
[ "$(xenstore-read "/local/domain/$domid/console/vnc-port")" = 5907 ] || fail "xenstore has another port"
[ "$(xenstore-read "/local/domain/$domid/console/vnc-listen")" = 127.0.0.1 ] || fail "xenstore has another address"
xenlaunch status drawn --json | jq -e '.vnc == {address: "127.0.0.1", port: 5907}' || fail "status has another port"
expect_status 0 xenlaunch status drawn
expect_line "screen +VNC at 127.0.0.1, port 5907"
exec 3<>/dev/tcp/127.0.0.1/5907
read -r -t 20 -u 3 version
[ "${version%$'\r'}" = "RFB 003.008" ] || fail "no VNC server answers, but '$version'"
exec 3>&-

colours() { # of the left half and the right half
  rm -f screen.png
  xenlaunch screenshot -q drawn screen.png && echo "$(/payload/tools/picture screen.png 10 50) $(/payload/tools/picture screen.png 90 50)"
}
drawn() { colours | grep -qE "^[0-9x]+ a80000 [0-9x]+ 00a800$"; }
deadline=$((SECONDS + 180))
until drawn; do
  [ $SECONDS -lt $deadline ] || fail "the guest's picture has other colours: $(colours)"
  pause 0.5
done
[ "$(stat -c %a screen.png)" = 600 ] || fail "others can read the picture"
! ls /run/xen/screen-* 2>/dev/null || fail "a file of QEMU's is left"
expect_status 0 xenlaunch destroy drawn
expect_status 4 xenlaunch screenshot drawn screen.png
