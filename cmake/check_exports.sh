#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares what the library exports with cmake/exports.txt: the list is the interface, so a name
# that comes or goes is a decision, and shows in review.
#   check_exports.sh <libsctpx.so>
here=$(cd "$(dirname "$0")" && pwd)
if sh "$here/list_exports.sh" "$1" | diff -u --label cmake/exports.txt "$here/exports.txt" \
    --label "$1" -; then
    exit 0
fi
echo
echo "The exported symbols changed (+ new, - gone). If that is meant:"
echo "    sh cmake/update_exports.sh $1"
exit 1
