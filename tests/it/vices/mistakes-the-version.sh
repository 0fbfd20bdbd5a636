#!/bin/sh
# Speaks a version of the protocol that there is not.
. "${0%/*}/manners"
hear; say '{"hello":{"protocol":2,"who":{"name":"vice"}}}'
