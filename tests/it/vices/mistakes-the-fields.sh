#!/bin/sh
# Sends a message with a field that there is not.
. "${0%/*}/manners"
hear; introduce
hear; say '{"failure":{"seq":1,"name":"EINVAL","errno_name":"EINVAL"}}'
