#!/bin/sh
# Exits with a status of its own when it is asked.
. "${0%/*}/manners"
hear; introduce
hear; echo 'giving up' >&2; exit 3
