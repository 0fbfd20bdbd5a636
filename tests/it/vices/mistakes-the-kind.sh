#!/bin/sh
# Sends a message of a kind that there is not.
. "${0%/*}/manners"
hear; introduce
hear; say '{"result":{"seq":1,"value":{"name":"box"}}}'
