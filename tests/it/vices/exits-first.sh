#!/bin/sh
# Exits before it says who it is.
. "${0%/*}/manners"
echo 'vice: cannot find its modules' >&2
exit 1
