#!/bin/sh
# Is killed by a signal in the middle of its answer.
. "${0%/*}/manners"
ulimit -c 0
hear; introduce
hear; printf '{"answer":{"seq":1,'; kill -BUS $$
