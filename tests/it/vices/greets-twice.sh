#!/bin/sh
# Says again who it is instead of answering.
. "${0%/*}/manners"
hear; introduce
hear; introduce
