#!/bin/sh
# Never answers.
. "${0%/*}/manners"
hear; introduce
hear; hear
