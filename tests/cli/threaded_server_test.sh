#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/threaded_server: one loop per thread, associations handed over, an end without losses.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_examples

clients=()
start_client() { # number of lines
    local n=${#clients[@]}
    seq 1 "$1" | "$SCTPX" connect --lines --eof wait "127.0.0.1:$udp" "$port" \
        >"$tmp/heard.$n" 2>"$tmp/client$n.err" &
    clients+=("$!")
    started+=("$!")
}

# ---- everybody is served, by all workers in turn ----
example threaded_server 0 0 3
for _ in 1 2 3 4; do
    expect_code 0 run echo_client 127.0.0.1 "$port" "$udp"
    expect_equal "$(sort "$tmp/last.out")" "$(printf 'stream %d: hello on stream %d\n' 0 0 1 1 2 2)"
done
kill -TERM "$pid"
wait_line "$err" '^worker 0: 2 clients$'
wait_line "$err" '^worker 1: 1 clients$'
wait_line "$err" '^worker 2: 1 clients$'
wait_line "$err" '^4 clients, 12 messages echoed, 0 aborted$'
ended "$pid" 0

# ---- told to end in the middle: what was echoed arrives ----
example threaded_server 0 0 3
for _ in 1 2 3 4 5 6; do start_client 20000; done
for i in "${!clients[@]}"; do
    until [ -s "$tmp/heard.$i" ]; do expect_code 0 run echo_client 127.0.0.1 "$port" "$udp"; done
done
kill -TERM "$pid"
wait_line "$err" '^([0-9]+) clients, ([0-9]+) messages echoed, 0 aborted$'
echoed=${BASH_REMATCH[2]} others=$(((${BASH_REMATCH[1]} - 6) * 3))
ended "$pid" 0
for client in "${clients[@]}"; do
    wait "$client"
    case $? in
    0) ;;
    1) ;; # input was left: the server had closed before all of it was sent
    *) fail "a client ended badly" ;;
    esac
    forget "$client"
done
expect_equal "$(cat "$tmp"/heard.* | wc -l)" $((echoed - others))
grep -h aborted "$tmp"/client?.err && fail "a client was aborted"

# ---- a second signal does not wait for those who do not answer ----
clients=()
rm -f "$tmp"/heard.*
example threaded_server 0 0 2
start_client 100000
until [ -s "$tmp/heard.0" ]; do expect_code 0 run echo_client 127.0.0.1 "$port" "$udp"; done
kill -STOP "${clients[0]}"
kill -TERM "$pid"
wait_line "$err" '^ending$'
kill -TERM "$pid"
wait_line "$err" ' messages echoed, [0-9]+ aborted$'
kill -CONT "${clients[0]}"
wait "${clients[0]}"
forget "${clients[0]}"
wait "$pid"
forget "$pid"
echo passed
