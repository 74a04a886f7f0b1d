#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes cmake/exports.txt anew from a built library.
#   update_exports.sh [libsctpx.so]      default: build/release/lib/libsctpx.so
here=$(cd "$(dirname "$0")" && pwd)
library=${1:-$here/../build/release/lib/libsctpx.so}
[ -f "$library" ] || { echo "no library at $library" >&2; exit 1; }
sh "$here/list_exports.sh" "$library" >"$here/exports.txt"
wc -l "$here/exports.txt"
