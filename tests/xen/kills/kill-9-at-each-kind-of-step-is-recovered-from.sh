# Right after each, which is where the journal knows least of what has been done.
. /payload/lib.sh
. /payload/kills.sh
kill_at_points 20 one_a_kind
