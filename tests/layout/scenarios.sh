#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/api/SCENARIOS names tests that exist, in programs of the API suite where it says "both", and
# every scenario of Qt's tests and every defect.
#
#   scenarios.sh SOURCE_DIR
set -u
api=$1/tests/api
failed=0

complain() {
    echo "tests/api/SCENARIOS: $*"
    failed=1
}

rows() {
    grep -v '^ *\(#\|$\)' "$api/SCENARIOS"
}

# check_test WHERE PROGRAM TEST: a function of the program, or made by its TEST_ACTIONS macro.
check_test() {
    local file=$api/$2_test.c
    if [ ! -f "$file" ]; then
        complain "there is no tests/api/$2_test.c"
    elif ! grep -Eq "^static void $3\(void \*\*state\)|TEST_ACTIONS\(${3#test_actions_in_on_}," "$file"; then
        complain "there is no $3 in $2_test.c"
    elif ! grep -v '^static void' "$file" | grep -Eqw "$3|TEST_ACTIONS"; then
        complain "$3 of $2_test.c is not run"
    elif [ "$1" != engine ] && ! grep -q 'ctest: .*labels=[a-z,]*suite' "$file"; then
        complain "$2_test.c is not in the API suite, but $3 is said to run on \"$1\""
    fi
}

while IFS='|' read -r number tests where what; do
    read -r where <<<"$where"
    [ -n "$what" ] || complain "a row without four columns: $number"
    read -r tests <<<"$tests"
    case $where in
    - | both | engine | kernel) ;;
    *) complain "$number: \"$where\" is no place" ;;
    esac
    [ "$tests" = - ] && continue
    while read -r program test rest; do
        if [ -z "$test" ] || [ -n "$rest" ]; then
            complain "$number: \"$program $test $rest\" is no test"
        fi
        check_test "$where" "$program" "$test"
    done < <(tr ',' '\n' <<<"$tests")
done < <(rows)

expected=$(for i in $(seq 1 13); do echo "3.1-$i"; done
    for i in $(seq 14 36); do echo "3.2-$i"; done
    for i in $(seq 1 23); do echo "B$i"; done)
for number in $expected; do
    n=$(rows | grep -c "^$number |")
    [ "$n" = 1 ] || complain "$number is there $n times"
done
[ "$failed" = 0 ] && echo "$(rows | wc -l) scenarios"
exit "$failed"
