# A Linux guest with the tablet, a stick of the host's and a sound card, its clock an hour ahead, pinned to one CPU.
. /payload/lib.sh
modprobe -a xhci_pci usb-storage sd_mod
trap 'modprobe -r usb-storage sd_mod xhci_pci' EXIT
printf 'secret\n' >password
chmod 600 password
find_stick() { stick=$(grep -l 46f4 /sys/bus/usb/devices/*/idVendor) && stick=${stick%/*} stick=${stick##*/}; }
wait_until 30 find_stick
find_stick
stick_has_driver() { [ "$(basename "$(readlink "/sys/bus/usb/devices/$stick:1.0/driver")")" = usb-storage ]; }
wait_until 30 stick_has_driver
from_config linux-direct-boot <<Y
vnc: {}
spice: {listen: 127.0.0.1, port: 5930, password_file: "$PWD/password"}
sound: hda
usb: {devices: ["46f4:0001"]}
clock: {offset_seconds: 3600}
cpu: {pin: "0", weight: 512, cap: 100}
Y
sed -i '/^platform:\|^video_card:/d' vm.yaml
printf 'platform: {vga: std, viridian: true, tsc_mode: native, hpet: false, mmio_hole: 512MiB}\n' >>vm.yaml
name=$(sed -n 's/^name: *//p' vm.yaml)
quiet_linux usb=2 idle

sed 's/46f4:0001/dead:beef/' vm.yaml >absent.yaml
expect_status 4 xenlaunch check absent.yaml
expect_line "cannot pass USB device dead:beef: no such device is plugged in; this host has $stick \(46f4:0001"

# Dom0 lives on it as long as it is mounted.
find_disk() { disk=$(ls -d /sys/bus/usb/devices/"$stick":1.0/host*/target*/*/block/*) && disk=${disk##*/}; }
wait_until 30 find_disk
find_disk
mkfs.ext4 -q "/dev/$disk"
mkdir -p /mnt
mount "/dev/$disk" /mnt
expect_status 4 xenlaunch check vm.yaml
expect_line "cannot pass USB device $stick: a mounted file system is on it \($stick → $disk → /mnt\)"
umount /mnt
expect_status 0 xenlaunch check vm.yaml

sed 's/pin: "0"/pin: "0,7"/' vm.yaml >pinned.yaml
expect_status 5 xenlaunch check pinned.yaml
expect_line "cannot pin the guest to CPU 7: this host's last CPU is 0; change cpu.pin"

start_vm
xl sched-credit2 -d "$domid" | grep -qE " 512 +100$" || fail "$(xl sched-credit2 -d "$domid"): not that weight and cap"
guest_is_idle() { grep -q LINUX-IDLE serial.log; }
wait_until 300 guest_is_idle
now=$(date +%s)
cat serial.log
expect_guest_line "05.0 1b36:000d \[0c03\]"
expect_guest_line "1e.0 8086:2668 \[0403\]"
expect_guest_line "USB 0627:0001"
expect_guest_line "USB 46f4:0001"
clock=$(tr -d '\r' <serial.log | sed -n 's/^CLOCK //p')
[ $((clock - now)) -gt 3300 ] && [ $((clock - now)) -lt 3660 ] || fail "the guest's clock is $((clock - now)) s ahead, not an hour"

exec 3<>/dev/tcp/127.0.0.1/5930 # SPICE
exec 3>&-

vm_file other other.yaml <<Y
usb: {devices: [{bus: ${stick%%-*}, port: "${stick#*-}"}]}
Y
expect_status 4 xenlaunch run other.yaml
expect_line "cannot pass USB device $stick: .*$name"
! stick_has_driver || fail "dom0 uses the stick while the guest has it"
expect_status 0 xenlaunch destroy "$name"
wait_until 30 stick_has_driver
