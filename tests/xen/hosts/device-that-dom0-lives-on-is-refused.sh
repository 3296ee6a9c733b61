. /payload/lib.sh
own=0000:00:10.0 spare=0000:00:0b.0 nic=0000:00:0a.0
nic_name=$(ls /sys/bus/pci/devices/$nic/net)

leave() {
  ip link del testbr 2>/dev/null || true
  ip addr flush dev "$(ls /sys/bus/pci/devices/$nic/net)" || true
  ip link set "$(ls /sys/bus/pci/devices/$nic/net)" down || true
  umount /run/data 2>/dev/null || true
  vgchange -q -an spare >/dev/null 2>&1 || true
  cryptsetup close secret 2>/dev/null || true
  rmmod nvme nvme_core || true
}
trap leave EXIT

# The device is refused, with the way to what is needed, and stays where it is.
expect_refused() { # BDF PATTERN [COMMAND...]
  local driver command
  driver=$(driver_of "$1")
  vm_file refused <<<"pci: [\"$1\"]"
  for command in check "${@:3}"; do
    expect_status 4 xenlaunch "$command" vm.yaml
    expect_line "cannot pass $1: $2"
  done
  expect_status 4 xenlaunch pci assign "$1"
  expect_line "cannot assign $1 to pciback: $2"
  expect_driver "$1" "$driver"
}

# The controller of dom0's own disk: not even by force.
expect_refused $own "the host's root file system is on it \($own → vda → /\); pass another device$" run start
expect_status 4 xenlaunch pci assign $own --force
expect_line "cannot assign $own to pciback: the host's root file system is on it"
expect_status 4 xenlaunch pci assign 0000:00:08.0 --force
expect_line "cannot assign 0000:00:08.0 to pciback: it is a bridge"

# A volume of LVM, within LUKS, on a disk of its own.
modprobe -a nvme dm-mod dm-crypt
wait_until 20 test -b /dev/nvme0n1
expect_driver $spare nvme
printf secret >key
cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 --key-file key /dev/nvme0n1
cryptsetup open --key-file key /dev/nvme0n1 secret
export LVM_SUPPRESS_FD_WARNINGS=1
pvcreate -q /dev/mapper/secret
vgcreate -q spare /dev/mapper/secret
lvcreate -q -y -Zn -Wn -l 100%FREE -n data spare
dmsetup mknodes spare-data # there is no udev to do it
volume=/dev/mapper/spare-data
chain="$spare → nvme0n1 → secret → spare-data"

mkfs.ext4 -q $volume
mkdir -p /run/data
mount $volume /run/data
expect_refused $spare "a mounted file system is on it \($chain → /run/data\); pass another device, or unmount /run/data first"
umount /run/data
mkswap $volume
swapon $volume
expect_refused $spare "the host's swap is on it \($chain → swap\)"
swapoff $volume

# A program, and a VM, have it open.
sleep 1000 <$volume &
holder=$!
wait_until 20 grep -qx sleep /proc/$holder/comm
expect_refused $spare "a program has a disk of it open \($chain → sleep \(process $holder\)\)"
kill $holder
wait $holder || true
vm_file owner owner.yaml <<Y
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}, {image: $volume, type: disk, target: hdb, format: raw}]
Y
start_vm owner.yaml
expect_refused $spare "a disk of a running VM is on it \($chain → xen-qemu-system \(process [0-9]+\)\)"
kill -TERM $launcher
expect_end 0

# Something that only the kernel knows of has it: here a file system that another mount namespace sees.
mkfs.ext4 -q -F $volume
unshare -m --propagation private bash -c "mount $volume /run/data; exec sleep 1000" &
holder=$!
wait_until 20 grep -q spare-data /proc/$holder/mountinfo
expect_refused $spare "a disk of it is in use, .*\($chain\)"
kill $holder
wait $holder || true

# Nothing uses it any more.
vm_file free <<<"pci: [\"$spare\"]"
wait_until 20 xenlaunch check vm.yaml
vgchange -q -an spare
cryptsetup close secret
expect_status 0 xenlaunch pci assign $spare
expect_driver $spare pciback
expect_status 0 xenlaunch pci restore $spare
expect_driver $spare nvme

# The network interface with the default route, and the SSH session of who calls.
ip link set "$nic_name" up
ip addr add 192.0.2.2/24 dev "$nic_name"
ip route add default via 192.0.2.1
expect_refused $nic "the host's default route goes over it \($nic → $nic_name → default route\)"
vm_file refused <<<"pci: [\"$nic\"]"
# As sudo has it: only a process above knows.
expect_status 4 env SSH_CONNECTION="198.51.100.2 40000 192.0.2.2 22" \
  bash -c 'env -u SSH_CONNECTION xenlaunch check vm.yaml || exit $?'
expect_line "the SSH session of this command goes over it \($nic → $nic_name → 192.0.2.2\)"
ip addr flush dev "$nic_name"
ip link add testbr type bridge
ip link set "$nic_name" master testbr
ip link set testbr up
ip addr add 192.0.2.2/24 dev testbr
ip route add default via 192.0.2.1
expect_refused $nic "the host's default route goes over it \($nic → $nic_name → testbr → default route\)"

# Who knows better takes it.
expect_status 0 xenlaunch pci assign $nic --force
expect_driver $nic pciback
expect_status 0 xenlaunch check vm.yaml
expect_status 0 xenlaunch pci restore $nic
expect_driver $nic e1000
