# Of the points of kill-9-at-each-kind-of-step, five, over the whole of a life.
. /payload/lib.sh
. /payload/kills.sh
five() {
  one_a_kind | awk '{ line[NR] = $0 } END { for (i = 0; i < 5; i++) { n = 1 + int(i * (NR - 1) / 4); if (!seen[n]++) print line[n] } }'
}
kill_at_points 5 five
