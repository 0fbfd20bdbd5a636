#!/bin/sh
# Says that its adapter could not do it.
. "${0%/*}/manners"
hear; introduce
hear; say '{"trouble":{"seq":1,"text":"no memory for the arguments"}}'
hear; answer 2
part
