#!/bin/sh
# Says that the call failed.
. "${0%/*}/manners"
hear; introduce
hear; say '{"failure":{"seq":1,"name":"EINVAL","code":22,"text":"Invalid argument"}}'
hear; say '{"failure":{"seq":2,"name":"NETDB_INTERNAL","errno":"EIO"}}'
part
