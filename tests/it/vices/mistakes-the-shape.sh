#!/bin/sh
# Answers in the form of another call.
. "${0%/*}/manners"
hear; introduce
hear; say '{"answer":{"seq":1,"value":{"addresses":["127.0.0.1"]}}}'
