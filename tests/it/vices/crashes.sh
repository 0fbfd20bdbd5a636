#!/bin/sh
# Is killed by a signal when it is asked, and says something before.
. "${0%/*}/manners"
ulimit -c 0
hear; introduce
hear; echo 'reading /etc/hosts' >&2; kill -SEGV $$
