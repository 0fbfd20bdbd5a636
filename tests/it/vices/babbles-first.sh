#!/bin/sh
# Writes for people before it says who it is.
. "${0%/*}/manners"
say 'vice 1.0 (c) nobody'
hear; introduce
