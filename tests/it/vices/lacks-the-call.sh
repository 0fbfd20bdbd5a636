#!/bin/sh
# Does not list the call; exits at once if it is asked for it all the same.
. "${0%/*}/manners"
hear; say '{"hello":{"protocol":1,"name":"vice","version":"1","os":"none","implements":[],"calls":["getlifename"]}}'
hear; case $heard in *bye*) exit 0 ;; *) exit 9 ;; esac
