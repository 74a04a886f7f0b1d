#!/bin/sh
# SPDX-License-Identifier: MIT
# qt_table.sh [root]: docs/coming-from-qt.md tells the truth: every call, callback and value it names
# is in the public headers, and every test it names exists. A row without a test has to say, by the
# mark "–" in its second column, that the member has no sense here.
set -eu
cd "${1:-.}"
page=docs/coming-from-qt.md

# word: whether the public headers have it.
in_headers() {
    case $1 in
    SCTPX_E*) grep -q "X(${1#SCTPX_}," include/sctpx/error.h ;;
    *) grep -qw -- "$1" include/sctpx/*.h ;;
    esac
}

# kind.name function: whether that test exists. Shell tests have no functions.
is_test() {
    file=tests/$(echo "$1" | sed 's|\.|/|')_test
    if [ -f "$file.c" ]; then
        grep -q -- "^static void $2(void" "$file.c"
    else
        [ -f "$file.sh" ] && [ -z "$2" ]
    fi
}

faults=0
fault() {
    echo "$page: $*" >&2
    faults=$((faults + 1))
}

rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
# Rows of tables, but not their heads and rules.
awk '/^\|---/ { next } /^\| (Qt|id) \|/ { next } /^\|/' "$page" >"$rows"
[ "$(wc -l <"$rows")" -ge 120 ] || fault "only $(wc -l <"$rows") rows"

# The tables have four columns, that of the defects three.
while IFS='|' read -r _ member ours difference tests _; do
    [ -n "$tests" ] || tests=$difference
    [ -n "$(echo "$member" | tr -d ' ')" ] || fault "a row without a member"
    for word in $(echo "$ours" | grep -o '`[a-zA-Z0-9_]*\(()\)\{0,1\}`' | tr -d '`()'); do
        in_headers "$word" || fault "$member: $word is not in the headers"
    done
    # One test is written as `kind.name` `function`, a shell test as `kind.name` alone.
    found=0
    set -- $(echo "$tests" | grep -o '`[^`]*`' | tr -d '`')
    while [ $# -gt 0 ]; do
        name=$1 function=
        shift
        case ${1:-} in test_*) function=$1; shift ;; esac
        is_test "$name" "$function" || fault "$member: no test $name $function"
        found=1
    done
    case $ours in *–*) continue ;; esac
    [ $found -eq 1 ] || fault "$member: no test"
done <"$rows"
[ $faults -eq 0 ]
