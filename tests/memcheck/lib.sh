# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the tests of this folder: memcheck program... runs test programs under valgrind, for
# memory that is used before it is set (which AddressSanitizer does not see) and for leaks.

memcheck() {
    local program log status=0
    log=$(mktemp) || exit 1
    command -v valgrind >/dev/null || {
        echo "no valgrind here"
        exit 77
    }
    for program in "$@"; do
        program=$SCTPX_TESTS_BIN/$program
        [ -x "$program" ] || continue
        if ldd "$program" | grep -Eq 'lib(a|t|ub)san'; then
            echo "not with a sanitizer"
            exit 77
        fi
        if ! valgrind --quiet --error-exitcode=99 --leak-check=full \
            --errors-for-leak-kinds=definite,indirect,possible "$program" >"$log" 2>&1; then
            grep -avE '^--[0-9]+--' "$log"
            echo "memcheck: ${program##*/} failed"
            status=1
        fi
    done
    rm -f "$log"
    exit $status
}
