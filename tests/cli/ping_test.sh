#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# "sctpx ping": round-trip times of every path.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

serve one --echo
expect_code 0 sctpx ping -c 3 --interval 0.2 "${peer[@]}"
expect_line "$tmp/last.out" "^PING 127\.0\.0\.1:$udp SCTP port $port: 1 path\(s\)\$"
for round in 1 2 3; do
    expect_line "$tmp/last.out" \
        "^127\.0\.0\.1:$udp: path=0 round=$round time=[0-9]+\.[0-9]{3} ms\$"
done
expect_line "$tmp/last.out" \
    "^127\.0\.0\.1:$udp: 3 sent, 3 answered, rtt min/avg/max [0-9.]+/[0-9.]+/[0-9.]+ ms\$"
expect_equal "$(grep -c time= "$tmp/last.out")" 3

# Without -c it goes on until a signal, and then sums up.
mkfifo "$tmp/rounds"
"$SCTPX" ping -i 0.01 "${peer[@]}" >"$tmp/rounds" 2>"$tmp/ping.err" &
ping=$!
started+=("$ping")
exec {rounds}<"$tmp/rounds"
wait_line "$rounds" 'round=5 '
kill -INT "$ping"
wait_line "$rounds" ' sent, [0-9]+ answered'
ended "$ping" 0
stop "$pid"

# Two addresses on both ends: two paths, each with its own time.
serve_any two listen --echo --bind 127.0.0.1 --bind 127.0.0.2 --udp-port 0 0
[[ $line =~ ", 127.0.0.2:$udp"$ ]] || fail "only one address: $line"
expect_code 0 sctpx ping -c 20 -i 0.05 --bind 127.0.0.3 --bind 127.0.0.4 "${peer[@]}"
expect_line "$tmp/last.out" ': 2 path\(s\)$'
for address in 127.0.0.1 127.0.0.2; do
    expect_line "$tmp/last.out" "^$address:$udp: path=[01] round=20 time="
    expect_line "$tmp/last.out" "^$address:$udp: 20 sent, (1[0-9]|20) answered, "
done
stop "$pid"

# A peer that falls silent: rounds without an answer are told; some answers are enough for 0.
serve silent --echo
mkfifo "$tmp/more"
"$SCTPX" ping -i 0.2 "${peer[@]}" >"$tmp/more" 2>"$tmp/ping.err" &
ping=$!
started+=("$ping")
exec {more}<"$tmp/more"
wait_line "$more" 'round=1 time='
kill -STOP "$pid"
wait_line "$more" 'round=[0-9]+ no answer'
kill -CONT "$pid"
kill -INT "$ping"
ended "$ping" 0
stop "$pid"
echo passed
