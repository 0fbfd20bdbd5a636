#!/bin/sh
# Parts with a status that is not 0.
. "${0%/*}/manners"
hear; introduce
hear; answer 1
hear; answer 2
hear; exit 4
