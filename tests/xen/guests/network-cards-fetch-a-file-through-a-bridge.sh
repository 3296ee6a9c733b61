# A Linux guest that keeps the emulated card beside the paravirtual one fetches a file from dom0 with each; another card is
# paravirtual alone, on a bridge of its own. Of an e1000 Linux reads so much bit by bit that it takes a minute here.
. /payload/lib.sh
head -c 123456 /dev/urandom >file
for number in 0 1; do
  ip link add name xenbr$number type bridge
  ip addr add 10.9.$number.1/24 dev xenbr$number
  ip link set xenbr$number up
done
busybox httpd -f -p 80 -h "$PWD" &
httpd=$!
trap 'kill $httpd; ip link del xenbr0; ip link del xenbr1' EXIT
from_config linux-direct-boot <<'Y'
nics:
  - {bridge: xenbr0, model: rtl8139, mac: "00:16:3e:0a:00:01", rate: 1GB/s}
  - {bridge: xenbr1, model: none}
Y
quiet_linux_from_disk xen_emul_unplug=unnecessary net=10.9.0.2/24,http://10.9.0.1/file net=10.9.0.2/24,http://10.9.0.1/file \
  net=10.9.1.2/24,http://10.9.1.1/file idle
start_vm
mac=$(xenstore-read /local/domain/$domid/device/vif/1/mac)
[[ $mac = 00:16:3e:* ]] || fail "the second card has the address $mac"
expect_status 0 xl network-list "$domid"
expect_line "^0 +0 +00:16:3e:0a:00:01 .*/local/domain/0/backend/vif/$domid/0"
expect_line "^1 +0 +$mac .*/local/domain/0/backend/vif/$domid/1"
ports=$(cd /sys/class/net/xenbr0/brif && echo *)
[ "$ports" = "vif$domid.0 vif$domid.0-emu" ] || fail "xenbr0 has the ports $ports"
[ "$(cd /sys/class/net/xenbr1/brif && echo *)" = "vif$domid.1" ] || fail "xenbr1 has other ports"
trap 'cat serial.log; kill $httpd; ip link del xenbr0; ip link del xenbr1' EXIT
wait_until 200 grep -q LINUX-IDLE serial.log
expect_guest_line "NET eth0 00:16:3e:0a:00:01 8139cp fetched 123456 bytes"
expect_guest_line "NET eth1 00:16:3e:0a:00:01 vif fetched 123456 bytes"
expect_guest_line "NET eth2 $mac vif fetched 123456 bytes"

# Its address is taken as long as it runs.
vm_file other other.yaml <<'Y'
nics: [{bridge: xenbr0, mac: "00:16:3e:0a:00:01"}]
Y
expect_status 4 xenlaunch run other.yaml
expect_line "cannot use the MAC address 00:16:3e:0a:00:01: .*domain $domid"

expect_status 0 xenlaunch destroy linux-direct-boot
expect_end 0
[ -z "$(ls /sys/class/net/xenbr0/brif /sys/class/net/xenbr1/brif | grep vif)" ] || fail "a port is left"
