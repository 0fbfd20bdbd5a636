#!/bin/sh
# Sends one message of two kinds.
. "${0%/*}/manners"
hear; introduce
hear; say '{"unsupported":{"seq":1,"reason":""},"trouble":{"seq":1,"text":""}}'
