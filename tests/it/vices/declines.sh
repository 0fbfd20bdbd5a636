#!/bin/sh
# Says that it cannot make the call.
. "${0%/*}/manners"
hear; introduce
hear; say '{"unsupported":{"seq":1,"reason":"there is no host name here"}}'
hear; say '{"unsupported":{"seq":2,"reason":"there is none now either"}}'
part
