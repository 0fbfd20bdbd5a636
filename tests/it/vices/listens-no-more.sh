#!/bin/sh
# Closes its input, and stays.
. "${0%/*}/manners"
hear; introduce
exec <&-
for_ever
