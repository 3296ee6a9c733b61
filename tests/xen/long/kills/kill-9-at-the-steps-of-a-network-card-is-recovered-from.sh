# Right after each kind of step and undo of its own, among them those at which a script is under way.
. /payload/lib.sh
. /payload/kills.sh
ip link add name xenbr0 type bridge
ip link set xenbr0 up
trap 'ip link del xenbr0' EXIT
cat >vm.yaml <<'Y'
name: victim
memory: 32MiB
platform: {vga: none}
serial: none
nics: [{bridge: xenbr0, model: e1000, boot: false}]
Y
how=--paused
whole_life "without a kill"
points | grep "network card" | one_a_kind >chosen
[ "$(wc -l <chosen)" -ge 7 ] || fail "only $(wc -l <chosen) points to kill at: $(cat chosen)"
while IFS=$'\t' read -r number when what <&3; do kill_at "$number" "$when" "$what"; done 3<chosen
whole_life "after all of them"
[ ${#failing[@]} = 0 ] || fail "killed right $(printf '%s; ' "${failing[@]}")see above"
