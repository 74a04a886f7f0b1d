#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# "sctpx perf client": how it ends when the server stops answering, ends, or is not there; what it
# tells then; and what its last interval is.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# is_json FILE: one object on one line; python3, where it is there, knows better.
is_json() {
    expect_equal "$(wc -l <"$1")" 1
    expect_line "$1" '^\{"version": "[^"]+", "test": "[a-z]+", .*\}$'
    if command -v python3 >/dev/null; then
        python3 -m json.tool "$1" >"$tmp/json" || fail "no JSON: $(cat "$1")"
    fi
}

# member FILE NAME: its first value.
member() {
    grep -Eo "\"$2\": [0-9.]+" "$1" | head -n 1 | grep -Eo '[0-9.]+$' ||
        fail "no \"$2\" in: $(cat "$1")"
}

# begin NAME OPTION...: a client in the background; its id is in $pid. is_measuring waits for the
# first line of the one started with this descriptor.
begin() {
    local name=$1
    shift
    start "$name" "$SCTPX" perf client -i 0.1 "$@" --json "${peer[@]}"
}

is_measuring() {
    wait_line "$1" '^\[  1\] '
    cat <&"$1" >/dev/null &
}

# ---- a server stops answering: how that ends is looked at below ----
serve_perf silent
silent=$pid
clients=() errors=()
for way in '' -R --bidir --rr --setup; do
    # shellcheck disable=SC2086
    begin "silent$way" -t 1 $way
    clients+=("$pid") errors+=("$err")
done
for err in "${errors[@]}"; do is_measuring "$err"; done
kill -STOP "$silent"
SECONDS=0

# ---- the last interval is no rest of a moment, and has no rate of one ----
serve_perf server
server=$pid
expect_code 0 sctpx perf client -t 0.5 -i 0.1 --json "${peer[@]}"
is_json "$tmp/last.out"
sed 's/.*"intervals": //' "$tmp/last.out" | grep -Eo '"start": [0-9.]+, "end": [0-9.]+' |
    awk -F '[ ,]+' '$4 - $2 < 0.01 { short++ } END { exit short > 0 || NR < 3 }' ||
    fail "a short interval in: $(cat "$tmp/last.out")"
expect_no_line "$tmp/last.err" ' ([0-9.]+)-\1 .* Mbit/s'
expect_equal "$(sed 's/.*"intervals": //' "$tmp/last.out" | grep -Eo '"sent_bytes": [0-9]+' |
    awk '{ sum += $2 } END { printf "%d", sum }')" "$(member "$tmp/last.out" bytes)"
expect_code 0 sctpx perf client -t 0.3 -i 0.3 "${peer[@]}"
grep '^\[' "$tmp/last.out" | grep -v '(rest)' | awk -F '[] -]+' \
    '$4 - $3 < 0.02 { short++ } END { exit short > 0 || NR < 1 }' ||
    fail "a rate of a moment in: $(cat "$tmp/last.out")"

# ---- labels, and rates of associations and intervals ----
expect_code 0 sctpx perf client --bidir -n 1M "${peer[@]}"
expect_line "$tmp/last.out" '^sent: 1048576 bytes in '
expect_line "$tmp/last.out" '^received: 1048576 bytes in '
expect_no_line "$tmp/last.out" '^throughput'
expect_code 0 sctpx perf client --bidir -n 1M --json "${peer[@]}"
is_json "$tmp/last.out"
for array in flows intervals; do
    expect_line "$tmp/last.out" "\"$array\": [^]]*\"bits_per_second\": [1-9][^]]*\"received_bits_per_second\": [1-9]"
done
expect_code 0 sctpx perf client -R -n 1M -J "${peer[@]}"
is_json "$tmp/last.out"
expect_line "$tmp/last.out" '"flows": [^]]*"received_bytes": 1048576, "bits_per_second": [1-9]'

# ---- letters of iperf3 ----
expect_code 0 sctpx perf client -l 2K -J -n 4K "${peer[@]}"
expect_equal "$(member "$tmp/last.out" size)" 2048
expect_code 2 sctpx perf client -p 7000 "${peer[@]}"
expect_line "$tmp/last.err" '^sctpx: unknown option: -p: the port stands after HOST$'
expect_code 2 sctpx perf client -b10M "${peer[@]}"
expect_line "$tmp/last.err" '^sctpx: unknown option: -b10M: there is no limit of the rate$'
expect_code 2 sctpx ping -p 7000 "${peer[@]}"
expect_line "$tmp/last.err" '^sctpx: unknown option: -p$'

# ---- the server ends in the middle ----
begin ending -t 50
client=$pid
is_measuring "$err"
mkfifo "$tmp/lines"
"$SCTPX" perf client -i 0.1 -t 50 "${peer[@]}" >"$tmp/lines" 2>"$tmp/text.err" &
text=$!
started+=("$text")
exec {lines}<"$tmp/lines"
wait_line "$lines" '^\[  1\] '
kill -TERM "$server"
ended "$server" 0
wait_line "$lines" '^throughput: [1-9][0-9]* bytes in '
ended "$text" 1
expect_line "$tmp/text.err" '^sctpx: the server ended the measurement$'
ended "$client" 1
is_json "$tmp/ending.out"
expect_line "$tmp/ending.out" '"error": "the server ended the measurement", "seconds": [0-9.]+, '
expect_line "$tmp/ending.out" '"intervals": \[\{"start": 0\.0'
[ "$(member "$tmp/ending.out" bytes)" -gt 0 ] || fail "nothing was sent"

# ---- nobody is there ----
expect_code 3 sctpx perf client --json "${peer[@]}"
is_json "$tmp/last.out"
expect_line "$tmp/last.out" '"error": "connection refused'
expect_no_line "$tmp/last.out" '"seconds"|"bytes"|"intervals"'
expect_code 3 sctpx perf client --setup --json "${peer[@]}"
is_json "$tmp/last.out"
expect_code 3 sctpx perf client "${peer[@]}"
[ ! -s "$tmp/last.out" ] || fail "figures of what was not measured"

# ---- the one that stopped answering ----
for client in "${clients[@]}"; do ended "$client" 6; done
[ "$SECONDS" -le 9 ] || fail "it took $SECONDS s to find that the server is silent"
for way in '' -R --bidir --rr --setup; do
    is_json "$tmp/silent$way.out"
    expect_line "$tmp/silent$way.out" '"error": "the server stopped answering", "seconds": [0-9.]+, '
    expect_line "$tmp/silent$way.out" '"intervals": \[\{'
done
echo passed
