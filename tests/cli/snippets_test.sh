#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The C in the documents compiles and does what the text says, and the server in README.md is the
# one of the examples.
#
# Above each block of C there is its name, "<!-- snippet: NAME -->". The block becomes NAME.inc, and
# a driver in tests/guide/ includes it, links with the library as its users do, and runs it.
# ctest: timeout=300
set -u -o pipefail
root=${SCTPX_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
build=${SCTPX_BUILD_DIR:-$root/build/dev}
drivers=$root/tests/guide
documents=(README.md docs/guide.md)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

fail() {
    echo "$*" >&2
    status=1
}

cached() {
    sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"
}
cc=${CC:-$(cached CMAKE_C_COMPILER)}
sanitize=$(cached SCTPX_SANITIZE)
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -g -Wall -Wextra -Wpedantic -Werror -I"$root/include"
    ${sanitize:+-fsanitize=$sanitize})

# extract DOCUMENT: every block as NAME.inc with the numbers of its lines, and "NAME line" on
# standard output; a block without a name, or with one that there is already, is an error.
extract() {
    awk -v folder="$work" -v document="$1" '
        /^```c$/ {
            if (previous !~ /^<!-- snippet: [a-z0-9_]+ -->$/) {
                print document ":" FNR ": no \"<!-- snippet: NAME -->\" above this block" >"/dev/stderr"
                exit 1
            }
            split(previous, words, " ")
            print words[3], document ":" FNR
            name = folder "/" words[3] ".inc"
            print "#line " FNR + 1 " \"" document "\"" >name
            inside = 1
            next
        }
        /^```/ { if (inside) close(name); inside = 0 }
        inside { print >name }
        { previous = $0 }' "$root/$1"
}

for document in "${documents[@]}"; do
    extract "$document" >>"$work/blocks" || status=1
done
# No other document has C.
for document in "$root"/*.md "$root"/docs/*.md; do
    document=${document#"$root"/}
    case " ${documents[*]} " in
    *" $document "*) ;;
    *) ! grep -q '^```c$' "$root/$document" || fail "$document has C, which nothing runs" ;;
    esac
done
doubled=$(cut -d ' ' -f 1 "$work/blocks" | sort | uniq -d)
[ -z "$doubled" ] || fail "two blocks are called: $doubled"
[ "$(wc -l <"$work/blocks")" -ge 25 ] || fail "only $(wc -l <"$work/blocks") blocks of C were found"

# Each block by itself, after the headers that the guide names, is what a reader can compile.
check_block() {
    { sed -n 's/^    \(#include .*\)/\1/p' "$root/docs/guide.md"; cat "$work/$1.inc"; } >"$work/$1.c"
    "$cc" "${flags[@]}" -Wno-unused-function -fsyntax-only "$work/$1.c" ||
        fail "$2: does not compile by itself"
    grep -q "^#include \"$1.inc\"\$" "$drivers"/*.c || fail "$2: no driver in tests/guide runs $1"
}
while read -r name place; do
    check_block "$name" "$place"
done <"$work/blocks"

# ---- the drivers, two at a time ----
run_driver() {
    local name
    name=$(basename "$1" .c)
    "$cc" "${flags[@]}" -I"$work" -I"$drivers" "$1" "$drivers/guide.c" -o "$work/$name" -L"$build/lib" \
        -Wl,-rpath,"$build/lib" -lsctpx -pthread || return 1
    SECONDS=0
    (cd "$work" && timeout --foreground -k 5 60 "./$name") || {
        echo "tests/guide/$name.c failed ($?, after $SECONDS s)" >&2
        return 1
    }
}
if [ "$status" -eq 0 ]; then
    running=0
    for driver in "$drivers"/*.c; do
        [ "$driver" != "$drivers/guide.c" ] || continue
        [ "$running" -lt 2 ] || { wait -n || status=1; running=1; }
        run_driver "$driver" &
        running=$((running + 1))
    done
    while [ "$running" -gt 0 ]; do
        wait -n || status=1
        running=$((running - 1))
    done
fi

# The program in README.md, but for its comments and blank lines at the top.
sed 1d "$work/readme_server.inc" >"$work/readme"
sed '/^\/\*.*\*\/$/d' "$root/examples/ten_line_server.c" >"$work/example"
diff "$work/example" "$work/readme" ||
    fail "the server in README.md is not examples/ten_line_server.c"
exit $status
