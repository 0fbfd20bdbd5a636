#!/bin/sh
# Writes a line that does not end.
. "${0%/*}/manners"
hear; introduce
hear; head -c 20000000 /dev/zero | tr '\0' x
