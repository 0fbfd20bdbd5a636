#!/bin/sh
# Answers before it is asked.
. "${0%/*}/manners"
hear; printf '%s\n%s\n' "$(introduce)" "$(answer 1)"
