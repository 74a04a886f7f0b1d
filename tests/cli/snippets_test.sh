#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The C in the documents compiles, and the server in README.md is the one of the examples.
set -u -o pipefail
root=${SCTPX_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
cc=${CC:-cc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

fail() {
    echo "$*" >&2
    status=1
}

# extract document folder: every ```c block as <line>.c, after the headers that it may use.
extract() {
    awk -v folder="$2" '
        /^```c$/ { name = folder "/" FNR ".c"; inside = 1
                   print "#include <signal.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>" >name
                   print "#include <sctpx/sctpx.h>\n#line " FNR + 1 >name; next }
        /^```/ { inside = 0; close(name); next }
        inside { print >name }' "$1"
}

count=0
for document in README.md docs/guide.md; do
    mkdir "$work/blocks"
    extract "$root/$document" "$work/blocks"
    for block in "$work"/blocks/*.c; do
        [ -f "$block" ] || continue
        count=$((count + 1))
        "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror -Wno-unused-function -I"$root/include" \
            -fsyntax-only "$block" || fail "$document, line $(basename "$block" .c): does not compile"
    done
    rm -r "$work/blocks"
done
[ "$count" -ge 10 ] || fail "only $count pieces of C were found"

# The program in README.md, but for its comments and blank lines at the top.
awk '/^```c$/ && !done { inside = 1; next } /^```/ { if (inside) done = 1; inside = 0 } inside' \
    "$root/README.md" >"$work/readme.c"
sed '/^\/\*.*\*\/$/d' "$root/examples/ten_line_server.c" >"$work/example.c"
diff "$work/example.c" "$work/readme.c" ||
    fail "the server in README.md is not examples/ten_line_server.c"
exit $status
