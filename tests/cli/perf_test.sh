#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# "sctpx perf": what is asked for is done, and counted the same on both ends.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# value NAME: of the JSON object in $tmp/last.out.
value() {
    grep -Eo "\"$1\": [0-9.]+" "$tmp/last.out" | head -n 1 | grep -Eo '[0-9.]+$' ||
        fail "no \"$1\" in: $(cat "$tmp/last.out")"
}

# is_json: one object on one line, with balanced quotes; python3, where it is there, knows better.
is_json() {
    expect_equal "$(wc -l <"$tmp/last.out")" 1
    expect_line "$tmp/last.out" '^\{"version": "0\.1\.0", "test": "[a-z]+", .*\}$'
    if command -v python3 >/dev/null; then
        python3 -m json.tool "$tmp/last.out" >"$tmp/json" || fail "no JSON: $(cat "$tmp/last.out")"
    fi
}

at_least() {
    awk "BEGIN { exit !($1 >= $2) }" || fail "$1 is less than $2"
}

serve_perf server
server=$pid

# ---- throughput ----
expect_code 0 sctpx perf client --json -n 10000001 --size 4K --streams 7 -P 3 "${peer[@]}"
is_json
expect_equal "$(value bytes)" 10000001
expect_equal "$(value received_bytes)" 10000001
expect_equal "$(value messages)" 2442
expect_equal "$(value received_messages)" 2442
expect_equal "$(value parallel)" 3
expect_equal "$(value size)" 4096
at_least "$(value bits_per_second)" 1000

expect_code 0 sctpx perf client --time 1.3 "${peer[@]}"
expect_line "$tmp/last.out" '^ +1\.[0-9]+ s +[0-9.]+ MB +[0-9.]+ Mbit/s$'
expect_line "$tmp/last.out" '^throughput: [0-9]+ bytes in [0-9]+ messages in [0-9.]+ s: '
sent=$(grep -Eo 'throughput: [0-9]+ bytes in [0-9]+ messages' "$tmp/last.out")
got=$(grep -Eo 'received [0-9]+ bytes in [0-9]+ messages' "$tmp/last.out")
expect_equal "${got#received }" "${sent#throughput: }"

# The messages go round over the streams.
expect_code 0 sctpx perf client -n 30 --size 10 --streams 3 --trace packets "${peer[@]}"
for stream in 0 1 2; do expect_line "$tmp/last.err" "DATA\(tsn [0-9]+ sid $stream "; done

# ---- request and response ----
expect_code 0 sctpx perf client --rr --json --amount 500 --parallel 5 "${peer[@]}"
is_json
expect_equal "$(value requests)" 500
expect_equal "$(value size)" 64
at_least "$(value p99)" "$(value p50)"
at_least "$(value max)" "$(value p99)"
at_least "$(value p50)" "$(value min)"
expect_code 0 sctpx perf client --rr -t 0.2 --size 1000 "${peer[@]}"
expect_line "$tmp/last.out" '^rr: [0-9]+ requests answered in 0\.[0-9]+ s: [0-9]+ /s$'
expect_line "$tmp/last.out" '^latency us: min [0-9]+, mean '

# ---- set-up ----
expect_code 0 sctpx perf client --setup --json -n 200 -P 20 "${peer[@]}"
is_json
expect_equal "$(value associations)" 200
at_least "$(value per_second)" 1
expect_code 0 sctpx perf client --setup -n 3 -P 20 "${peer[@]}"
expect_line "$tmp/last.out" '^setup: 3 associations set up and closed in '
expect_code 0 sctpx perf client --setup -t 0.2 "${peer[@]}"
expect_line "$tmp/last.out" '^setup: [0-9]+ associations set up and closed in '

# ---- a signal ends it with what there is ----
mkfifo "$tmp/progress"
"$SCTPX" perf client --json "${peer[@]}" >"$tmp/last.out" 2>"$tmp/progress" &
client=$!
started+=("$client")
exec {progress}<"$tmp/progress"
wait_line "$progress" ' Mbit/s$'
kill -INT "$client"
ended "$client" 0
is_json
expect_equal "$(value received_bytes)" "$(value bytes)"
stop "$server"

# ---- the server: its count, and a peer that is none ----
serve_perf once -c 2
expect_code 0 sctpx perf client -n 1 -P 2 "${peer[@]}"
ended "$pid" 0
serve_perf lonely --timeout 0.2
ended "$pid" 4
serve echo --echo
expect_code 1 sctpx perf client -n 1000 "${peer[@]}"
expect_line "$tmp/last.err" 'the peer is no sctpx perf server'
expect_code 1 sctpx perf client -P 5 -t 1 "${peer[@]}"
expect_equal "$(grep -c 'the peer is no sctpx perf server' "$tmp/last.err")" 1
stop "$pid"
serve discard --discard
expect_code 1 sctpx perf client -t 0.2 "${peer[@]}"
expect_line "$tmp/last.err" 'the peer is no sctpx perf server'
expect_code 1 sctpx perf client --rr -n 1 "${peer[@]}"
expect_line "$tmp/last.err" 'the peer is no sctpx perf server'
mkfifo "$tmp/discarded"
"$SCTPX" perf client --json -t 50 "${peer[@]}" >"$tmp/last.out" 2>"$tmp/discarded" &
client=$!
started+=("$client")
exec {progress}<"$tmp/discarded"
wait_line "$progress" ' Mbit/s$'
kill -TERM "$client"
SECONDS=0
ended "$client" 1
[ "$SECONDS" -le 7 ] || fail "the first signal took $SECONDS s"
stop "$pid"
echo passed
