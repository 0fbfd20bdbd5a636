#!/bin/sh
# Says that the call failed, and not how.
. "${0%/*}/manners"
hear; introduce
hear; say '{"failure":{"seq":1,"name":""}}'
