#!/bin/sh
# Gives a wrong answer in the right form. That is for the rules to find.
. "${0%/*}/manners"
hear; introduce
hear; lie 1
hear
case $heard in *'{"bye":'*) exit 0 ;; esac
say '{"answer":{"seq":2,"value":{"name":""}}}'
part
