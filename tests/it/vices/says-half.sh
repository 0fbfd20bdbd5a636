#!/bin/sh
# Ends in the middle of its answer.
. "${0%/*}/manners"
hear; introduce
hear; printf '{"answer":{"seq":1,'
