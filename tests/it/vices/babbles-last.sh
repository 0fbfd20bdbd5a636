#!/bin/sh
# Writes for people when it parts.
. "${0%/*}/manners"
hear; introduce
hear; answer 1
hear; answer 2
hear; say 'good bye'
