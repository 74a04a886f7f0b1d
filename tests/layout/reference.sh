#!/bin/sh
# SPDX-License-Identifier: MIT
# reference.sh [--self-test] [root]: everything in the public headers is documented, as Doxygen sees
# it (docs/reference). The self-test takes a comment away and wants to hear of it.
set -eu
self_test=
[ "${1:-}" = --self-test ] && { self_test=1; shift; }
cd "${1:-.}"
command -v doxygen >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# tree: complaints about the headers of a tree.
complaints() {
    (cd "$1/docs/reference" && SCTPX_REFERENCE_DIR=$work/html doxygen 2>&1 >/dev/null) | sed '/^$/d'
}

mkdir -p "$work/html" "$work/tree/docs" "$work/tree/include"
if [ -z "$self_test" ]; then
    found=$(complaints .)
    [ -z "$found" ] && [ -f "$work/html/html/socket_8h.html" ] && exit 0
    echo "$found"
    exit 1
fi

cp -r docs/reference "$work/tree/docs/"
cp -r include/sctpx "$work/tree/include/"
awk '!/^\/\* The state now/' include/sctpx/socket.h |
    sed 's|^    uint32_t ppid; .*|    uint32_t ppid;|' >"$work/tree/include/sctpx/socket.h"
sed 's|^    uint32_t ppid; .*|    uint32_t ppid;|' include/sctpx/types.h >"$work/tree/include/sctpx/types.h"
found=$(complaints "$work/tree")
for wanted in 'sctpx_socket_state' 'Member ppid'; do
    echo "$found" | grep -q "$wanted" || { echo "not missed: $wanted"; exit 1; }
done
