#!/bin/sh
# Writes for people between the messages.
. "${0%/*}/manners"
hear; introduce
hear; say 'looking for the name ...'; answer 1
