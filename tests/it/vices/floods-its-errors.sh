#!/bin/sh
# Writes more to standard error than a pipe can hold, and is fine otherwise.
. "${0%/*}/manners"
hear; introduce
hear; head -c 1000000 /dev/zero | tr '\0' x >&2; answer 1
hear; answer 2
part
