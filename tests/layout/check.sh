#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the rules of the source tree that a compiler does not know: which folder may include
# which, what the pure folders must not call, sizes, names and licence lines.
#
#   check.sh [root]       check a tree; prints each violation, fails if there is one
#   check.sh --self-test  check that each rule can fail, on the small bad tree beside this file
set -u
here=$(cd "$(dirname "$0")" && pwd)

check_c() {
    files=$(find include src cli tests bench examples fuzz -name '*.[ch]' 2>/dev/null |
        grep -v '^tests/layout/bad/' | sort)
    [ -n "$files" ] || { echo "no source files below $(pwd)"; return 1; }
    # No file name here holds a space.
    # shellcheck disable=SC2086
    awk ${limits:-} -f "$here/check.awk" $files
}

check_scripts() {
    ok=0
    for file in $(find . -path ./build -prune -o -path ./.git -prune -o -path ./tests/layout/bad \
        -prune -o \( -name '*.sh' -o -name '*.cmake' -o -name CMakeLists.txt -o -name '*.awk' \) \
        -print | sort) test demo .ci/run; do
        [ -f "$file" ] || continue
        head -n 2 "$file" | grep -q '^# SPDX-License-Identifier: MIT$' && continue
        echo "${file#./}:1: no SPDX-License-Identifier line at the top"
        ok=1
    done
    return $ok
}

check_tree() {
    status=0
    check_c || status=1
    check_scripts || status=1
    return $status
}

self_test() {
    cd "$here/bad" || exit 1
    # Smaller limits, so that the tree can be small.
    limits='-v max_lines=30 -v max_function=8'
    if found=$(check_tree); then
        echo "the bad tree passed"
        return 1
    fi
    printf '%s\n' "$found" | diff "$here/bad.expected" - || {
        echo "differs from what the bad tree should give"
        return 1
    }
}

case "${1:-}" in
--self-test) self_test ;;
*) cd "${1:-$here/../..}" && check_tree ;;
esac
