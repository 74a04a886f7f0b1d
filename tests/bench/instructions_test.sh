#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How many instructions a message takes, both ends together, counted by callgrind: unlike times
# these do not depend on what else the machine does. Fails where one of the figures in
# instructions.txt is exceeded by more than 2 %. They belong to one compiler, processor and set of
# libraries; on others the test is skipped. "instructions_test.sh --update BUILD_DIR" writes the
# file anew.
# ctest: labels=heavy timeout=120
set -u -o pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
known=$here/instructions.txt
update=
if [ "${1:-}" = --update ]; then
    update=1
    SCTPX_BUILD_DIR=${2:?the build directory}
fi
bench=$SCTPX_BUILD_DIR/bench/steady
cache=$SCTPX_BUILD_DIR/CMakeCache.txt

skip() {
    echo "skipped: $*"
    exit 77
}
[ -x "$bench" ] || skip "built without benches"
command -v valgrind >/dev/null || skip "no valgrind"
grep -q '^CMAKE_BUILD_TYPE:.*=RelWithDebInfo$' "$cache" || skip "only what is optimised counts"
grep -Eq '^SCTPX_(SANITIZE:.*=.+|COVERAGE:.*=ON|LTO:.*=ON)$' "$cache" && skip "instrumented"

# What the figures depend on but for our code: compiler, C library (memcpy), ISA-L, and what of the
# processor valgrind lets both see.
environment() {
    local compiler flags
    compiler=$(sed -n 's/^CMAKE_C_COMPILER:[^=]*=//p' "$cache")
    flags=$(grep -m 1 -ow avx2 /proc/cpuinfo) || flags=no-avx2
    echo "$("$compiler" --version | head -n 1), $(getconf GNU_LIBC_VERSION)," \
        "ISA-L $(pkg-config --modversion libisal 2>/dev/null || echo none), $(uname -m) $flags"
}

# count CASE=MESSAGES: instructions for each message of a case of the bench.
count() {
    local out messages instructions
    out=$(timeout 60 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        --toggle-collect=bench_steady_measured "$bench" --only "${1%=*}" --count "${1#*=}" 2>&1) ||
        { echo "$out" >&2; return 1; }
    messages=$(sed -n 's/.*"figure":"messages".*"value":\([0-9.e+]*\)}.*/\1/p' <<<"$out")
    instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' <<<"$out")
    awk -v i="$instructions" -v m="$messages" 'BEGIN {
        if (i + 0 == 0 || m + 0 == 0)
            exit 1
        printf "%.1f\n", i / m }'
}

cases=("bulk 64 B=60000" "bulk 1000 B=10000" "bulk 65536 B=400" "request and response 64 B=6000")

if [ -n "$update" ]; then
    figures=
    for case in "${cases[@]}"; do
        figures+="${case%=*} = $(count "$case")"$'\n' || exit 1
    done
    {
        echo "# Instructions for each message, both ends; see instructions_test.sh."
        echo "environment = $(environment)"
        echo -n "$figures"
    } >"$known"
    cat "$known"
    exit 0
fi

was=$(sed -n 's/^environment = //p' "$known")
[ "$was" = "$(environment)" ] || skip "the figures are those of $was"
failed=0
for case in "${cases[@]}"; do
    now=$(count "$case") || exit 1
    name=${case%=*}
    awk -v name="$name" -v now="$now" -v was="$(sed -n "s/^$name = //p" "$known")" 'BEGIN {
        if (was + 0 == 0) {
            print name ": no figure is known"
            exit 1
        }
        change = 100 * (now / was - 1)
        printf "%s: %.1f instructions, %.1f are known (%+.1f %%)\n", name, now, was, change
        if (change < -2)
            print "  that is less: instructions_test.sh --update keeps it so"
        exit change > 2 }' || failed=1
done
exit $failed
