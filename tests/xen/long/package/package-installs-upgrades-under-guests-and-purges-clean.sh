. /payload/lib.sh
. /payload/services.sh
. /payload/states.sh

# The files of the host, but those that only tell what has happened to it.
files() {
  find / -xdev \( -path /tmp -o -path /var/tmp -o -path /var/cache -o -path /var/log/journal -o -path /var/log/apt -o -path /var/log/dpkg.log \
    -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd -o -path /var/lib/xenbox -o -path /out \) \
    -prune -o -print | sort
}
boot_files $keep/boot-before
files >$keep/files-before

install_package
[ "$(command -v xenlaunch)" = /usr/sbin/xenlaunch ] || fail "xenlaunch is $(command -v xenlaunch)"
[ -z "$(systemctl list-units --all --plain --no-legend 'xenlaunch@*')" ] || fail "a unit was started"
[ -z "$(find /etc/systemd/system -name 'xenlaunch@*')" ] || fail "a unit was enabled"
! grep -v '^#' /etc/xenlaunch/host.yaml | grep . || fail "/etc/xenlaunch/host.yaml is not commented out"
give_back_without_reset

# What scripts/demo starts. Nothing loads pciback on this host.
modprobe xen-pciback
from_config igd </dev/null
expect_status 0 xenlaunch run vm.yaml
expect_guest_line "^00:02\.0 8086:0412 \[0300\]"

# An upgrade leaves VMs alone, a service and one that was started by hand.
service_vm left
echo "pci: [\"$left_device\"]" >>/etc/xenlaunch/left.yaml
expect_status 0 systemctl enable xenlaunch@left
expect_status 0 systemctl start xenlaunch@left
wait_until 400 guest_is_up left
vm_file by-hand by-hand.yaml <<Y
disks: [{image: /guests/grub-idle.iso, type: cdrom, target: hda}]
Y
expect_status 0 xenlaunch start by-hand.yaml
all_of_vms() {
  xenlaunch list --json | jq -r '.[] | [.name, .state, .domid, .launcher.pid] | join(" ")'
  property xenlaunch@left MainPID
  pgrep xen-qemu-system
}
all_of_vms >vms-before
cat vms-before
expect_line "^left running [0-9]+ [0-9]+$" vms-before
expect_line "^by-hand running [0-9]+ [0-9]+$" vms-before
expect_status 0 install_package xenlaunch-next.deb
expect_line "^Unpacking xenlaunch .* over "
all_of_vms >vms-after
diff vms-before vms-after || fail "the upgrade has changed what runs"

# Nor can it be removed under them.
expect_status 100 apt-get remove -y xenlaunch
expect_line "^cannot remove xenlaunch: its VMs run: by-hand left; end each with .xenlaunch stop NAME., "
all_of_vms >vms-after
diff vms-before vms-after || fail "the refused removal has changed what runs"
[ "$(dpkg-query -W -f '${db:Status-Status}' xenlaunch)" = installed ] || fail "the package is no longer installed"

# They end as they would have without the upgrade.
expect_status 0 systemctl stop xenlaunch@left
expect_stopped left
journalctl -b --no-pager -u xenlaunch@left >journal
expect_line "the guest powered off" journal
expect_status 0 xenlaunch destroy by-hand
bash /payload/after.sh || fail "the upgraded VMs left something behind"

# Removed, all that was set stays; purged, nothing of it does, in the next boot neither.
set_state disable_on_reboot gpu disable-dom0-access 0000:00:02.0
set_state disable_on_reboot host disable-display
boot_files changed
! diff -rq $keep/boot-before changed >/dev/null || fail "the next boot was not changed"
expect_status 0 apt-get remove -y xenlaunch
boot_files removed
diff -r changed removed || fail "the removal has changed the next boot"
[ -e /etc/xenlaunch/left.yaml ] || fail "the removal has taken a VM file"
touch purging
expect_status 0 apt-get purge -y xenlaunch
expect_line "^xenlaunch: the next boot gives the graphics cards and the display back to the host: reboot it\."
expect_no_line "cannot "
boot_files after
diff -r $keep/boot-before after || fail "the purge has left something of the next boot changed"
for initrd in /boot/initrd.img-*; do
  [ "$initrd" -nt purging ] || fail "the purge has not updated $initrd"
done
files >files-after
diff $keep/files-before files-after || fail "the purge has left files behind, or taken some"
[ ! -e /run/xenlaunch ] || fail "the purge has left /run/xenlaunch"
