#!/bin/sh
# Writes what is no text.
. "${0%/*}/manners"
hear; introduce
hear; printf '\033[31m\377\n'
