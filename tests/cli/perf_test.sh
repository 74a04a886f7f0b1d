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

# What a line of progress ends with.
amounts='+[0-9.]+ MB +[0-9.]+ Mbit/s'
figures='retransmitted [0-9]+  cwnd [0-9]+\.[0-9] KB  rtt [0-9.]+ ms'

# total NAME: of all objects in the JSON array "intervals".
total() {
    sed 's/.*"intervals": //' "$tmp/last.out" | grep -Eo "\"$1\": [0-9]+" |
        awk '{ sum += $2 } END { print sum + 0 }'
}

# reverse NAME: of the JSON object "reverse".
reverse() {
    grep -Eo '"reverse": \{[^}]*\}' "$tmp/last.out" | grep -Eo "\"$1\": [0-9]+" |
        grep -Eo '[0-9]+$' || fail "no \"$1\" in \"reverse\": $(cat "$tmp/last.out")"
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
expect_line "$tmp/last.out" "^\[  1\] +0\.00-[0-9.]+ +s  sent $amounts  $figures\$"
expect_line "$tmp/last.out" "^\[  1\] +[0-9.]+-[0-9.]+ +s  sent $amounts  $figures\$"
expect_line "$tmp/last.out" '^throughput: [0-9]+ bytes in [0-9]+ messages in [0-9.]+ s: '
sent=$(grep -Eo 'throughput: [0-9]+ bytes in [0-9]+ messages' "$tmp/last.out")
got=$(grep -Eo 'received [0-9]+ bytes in [0-9]+ messages' "$tmp/last.out")
expect_equal "${got#received }" "${sent#throughput: }"

# Lines and objects for each interval and each association, and their sums.
expect_code 0 sctpx perf client -t 0.3 -i 0.1 -P 2 "${peer[@]}"
for who in '  1' '  2' SUM; do
    expect_line "$tmp/last.out" "^\[$who\] +0\.00-[0-9.]+ +s  sent $amounts  $figures\$"
done
for flow in 1 2; do
    expect_line "$tmp/last.out" "^\[  $flow\] sent [0-9]+ bytes, [0-9.]+ Mbit/s; [0-9]+ chunks retransmitted\$"
done
expect_code 0 sctpx perf client -n 5000001 -i 0.01 -P 3 --json "${peer[@]}"
is_json
expect_equal "$(total sent_bytes)" 5000001
at_least "$(grep -Eo '"cwnd_bytes": [0-9]+' "$tmp/last.out" | tail -n 1 | grep -Eo '[0-9]+')" 1000
expect_equal "$(value intervals_left_out)" 0
expect_line "$tmp/last.err" "^\[SUM\] "
expect_code 0 sctpx perf client -n 1K -P 65 "${peer[@]}"
expect_no_line "$tmp/last.out" '^\[ +[0-9]'
expect_line "$tmp/last.out" '^\[SUM\] '

# Other algorithms do the same.
expect_code 0 sctpx perf client -n 100K --congestion rfc9260 --loss rfc9260 "${peer[@]}"
expect_line "$tmp/last.out" '^the server received 102400 bytes in 100 messages$'

# ---- the server sends ----
expect_code 0 sctpx perf client -R -n 5000001 -P 3 --streams 4 --json -i 0.01 "${peer[@]}"
is_json
for name in bytes sent_bytes; do expect_equal "$(reverse $name)" 5000001; done
expect_equal "$(reverse messages)" "$(reverse sent_messages)"
expect_equal "$(total received_bytes)" 5000001
expect_equal "$(total sent_bytes)" 0
expect_code 0 sctpx perf client --reverse -t 0.2 -i 0.1 "${peer[@]}"
expect_line "$tmp/last.out" "^\[  1\] +0\.00-[0-9.]+ +s  received $amounts\$"
expect_no_line "$tmp/last.out" '^throughput'
sent=$(grep -Eo 'the server sent [0-9]+ bytes in [0-9]+ messages' "$tmp/last.out")
got=$(grep -Eo '^received: [0-9]+ bytes in [0-9]+ messages' "$tmp/last.out")
expect_equal "${got#received: }" "${sent#the server sent }"
expect_code 0 sctpx perf client -R -n 300 --size 10 --streams 3 --trace packets "${peer[@]}"
for stream in 0 1 2; do expect_line "$tmp/last.err" "DATA\(tsn [0-9]+ sid $stream "; done

# ---- both send ----
expect_code 0 sctpx perf client --bidir -n 3M -P 2 --json "${peer[@]}"
is_json
for name in bytes received_bytes; do expect_equal "$(value $name)" 3145728; done
for name in bytes sent_bytes; do expect_equal "$(reverse $name)" 3145728; done
expect_code 0 sctpx perf client --bidir -t 0.3 --json "${peer[@]}"
is_json
expect_equal "$(value bytes)" "$(value received_bytes)"
expect_equal "$(reverse bytes)" "$(reverse sent_bytes)"
at_least "$(value bytes)" 1000
at_least "$(reverse bytes)" 1000

# ---- requests that make no sense are refused, one at a time is granted ----
typed_input
mkfifo "$tmp/answers"
"$SCTPX" connect --lines --show-info --ppid 0x73780004 "${peer[@]}" <"$input" >"$tmp/answers" \
    2>"$tmp/asker.err" {typing}>&- &
asker=$!
started+=("$asker")
exec {answers}<"$tmp/answers"
for request in x 1 '1 0 0 0' '1 1048577 0 0' '2 1024 0 0' '0 1024 0 0' '1 1024 0 2' '1 1024 0 0 0' \
    '1 1024  0 0' '-1 1024 0 0' '1 99999999999999999999999 0 0' '1 1024 0 ' ' 1 1024 0 0' \
    "$(printf '%0200d 1 1 0' 1)"; do
    printf '%s\n' "$request" >&"$typing"
    wait_line "$answers" ''
    expect_equal "$line" 'stream 0, ppid 1937244164: 0'
done
printf '1 5 7 0\n' >&"$typing"
wait_line "$answers" ''
expect_equal "$line" 'stream 0, ppid 1937244164: 1'
wait_line "$answers" ', ppid 1937244161: xxxxx$'
wait_line "$answers" ', ppid 1937244161: xx$'
wait_line "$answers" ', ppid 1937244165: 7 2 0$'
printf '1 9 0 0\n1 9 0 0\n' >&"$typing" # without end, and another one
wait_line "$answers" ', ppid 1937244164: 1$'
wait_line "$answers" ', ppid 1937244164: 0$'
kill -INT "$asker"
kill -INT "$asker"
exec {typing}>&- {answers}<&-
wait "$asker"
forget "$asker"

# The messages go round over the streams.
expect_code 0 sctpx perf client -n 30 --size 10 --streams 3 --trace packets "${peer[@]}"
for stream in 0 1 2; do expect_line "$tmp/last.err" "DATA\(tsn [0-9]+ sid $stream "; done

# ---- request and response ----
expect_code 0 sctpx perf client --rr --json --amount 500 --parallel 5 "${peer[@]}"
is_json
expect_equal "$(value requests)" 500
expect_equal "$(value size)" 64
at_least "$(value p99)" "$(value p50)"
at_least "$(value p99_9)" "$(value p99)"
at_least "$(value max)" "$(value p99_9)"
at_least "$(value p50)" "$(value min)"
expect_code 0 sctpx perf client --rr -t 0.2 --size 1000 "${peer[@]}"
expect_line "$tmp/last.out" '^rr: [0-9]+ requests answered in 0\.[0-9]+ s: [0-9]+ /s$'
expect_line "$tmp/last.out" '^latency us: min [0-9]+, mean .* p99 [0-9]+, p99\.9 [0-9]+, max [0-9]+$'

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
wait_line "$progress" ' Mbit/s '
kill -INT "$client"
ended "$client" 0
is_json
expect_equal "$(value received_bytes)" "$(value bytes)"
# The same where the server sends.
mkfifo "$tmp/received"
"$SCTPX" perf client -R -i 0.1 --json "${peer[@]}" >"$tmp/last.out" 2>"$tmp/received" &
client=$!
started+=("$client")
exec {progress}<"$tmp/received"
wait_line "$progress" ' Mbit/s$'
kill -INT "$client"
ended "$client" 0
is_json
expect_equal "$(reverse sent_bytes)" "$(reverse bytes)"
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
# Asked to send it sends something else.
expect_code 1 sctpx perf client -R -t 1 "${peer[@]}"
expect_line "$tmp/last.err" 'the peer is no sctpx perf server'

# ---- peers that speak no protocol of ours ----
expect_code 0 sctpx perf client --peer echo --json -n 1M -P 3 --streams 4 "${peer[@]}"
is_json
expect_equal "$(value bytes)" 1048576
expect_equal "$(reverse bytes)" 1048576
expect_code 0 sctpx perf client --peer echo --json -t 0.2 "${peer[@]}"
is_json
expect_equal "$(reverse bytes)" "$(value bytes)"
expect_code 0 sctpx perf client --peer echo --rr --json -n 100 "${peer[@]}"
is_json
expect_equal "$(value requests)" 100
stop "$pid"
serve chargen --chargen
expect_code 0 sctpx perf client --peer chargen --json -n 1M -P 2 "${peer[@]}"
is_json
at_least "$(reverse bytes)" 1048576
expect_code 0 sctpx perf client --peer chargen -t 0.2 "${peer[@]}"
expect_line "$tmp/last.out" '^received: [1-9][0-9]* bytes in [1-9][0-9]* messages in [0-9.]+ s: '
stop "$pid"
serve discard --discard
expect_code 0 sctpx perf client --peer discard --json -n 1M "${peer[@]}"
is_json
expect_equal "$(value bytes)" 1048576
expect_no_line "$tmp/last.out" '"received_messages"'
expect_code 1 sctpx perf client --peer echo -n 1K "${peer[@]}"
expect_line "$tmp/last.err" 'the peer does not do what --peer says'
expect_code 1 sctpx perf client -t 0.2 "${peer[@]}"
expect_line "$tmp/last.err" 'the peer is no sctpx perf server'
expect_code 1 sctpx perf client --rr -n 1 "${peer[@]}"
expect_line "$tmp/last.err" 'the peer is no sctpx perf server'
mkfifo "$tmp/discarded"
"$SCTPX" perf client --json -t 50 "${peer[@]}" >"$tmp/last.out" 2>"$tmp/discarded" &
client=$!
started+=("$client")
exec {progress}<"$tmp/discarded"
wait_line "$progress" ' Mbit/s '
kill -TERM "$client"
SECONDS=0
ended "$client" 1
[ "$SECONDS" -le 7 ] || fail "the first signal took $SECONDS s"
stop "$pid"
echo passed
