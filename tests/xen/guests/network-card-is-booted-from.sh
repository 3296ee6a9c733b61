# iPXE of the card's boot ROM asks for an address before there is any operating system: the bridge hears from the card. A
# card without the ROM says nothing.
. /payload/lib.sh
ip link add name xenbr0 type bridge
ip link set xenbr0 up
trap 'ip link del xenbr0' EXIT
vm_file netboot <<'Y'
boot: [network]
nics: [{bridge: xenbr0, model: e1000, mac: "00:16:3e:0a:00:02"}]
Y
start_vm
wait_until 120 sh -c 'bridge fdb show br xenbr0 | grep -q "^00:16:3e:0a:00:02 dev vif'"$domid"'.0-emu"'
expect_status 0 xenlaunch destroy netboot
expect_end 0
