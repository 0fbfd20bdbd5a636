#!/bin/sh
# Never answers, ignores SIGTERM and the end of its input.
. "${0%/*}/manners"
trap '' TERM
hear; introduce
for_ever
