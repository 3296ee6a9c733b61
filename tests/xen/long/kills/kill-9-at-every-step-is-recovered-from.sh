# Right before and right after each.
. /payload/lib.sh
. /payload/kills.sh
kill_at_points 48 cat
