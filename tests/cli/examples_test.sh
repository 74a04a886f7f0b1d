#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The programs in examples/ do what they say.
# ctest: serial
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_examples

# ---- echo_client, and the servers that echo ----
serve echo --echo
expect_echo
expect_code 0 run blocking_client 127.0.0.1 "$port" "good morning" "$udp"
expect_equal "$(cat "$tmp/last.out")" "good morning"
stop "$pid"
expect_code 1 run echo_client 127.0.0.1 "$port" "$udp"
expect_line "$tmp/last.err" "connection refused"
expect_code 1 run blocking_client 127.0.0.1 "$port" "good morning" "$udp"
expect_line "$tmp/last.out" "connection refused"
expect_code 2 run echo_client

# ---- servers that echo, on several loops: told to end, they deliver what they have echoed ----
for server in graceful_server uv_loop glib_loop; do
    [ -x "$examples/$server" ] || continue
    example "$server" 0 0
    expect_echo
    busy_clients 5 10000
    goodbye
    example "$server" 0 0 # nobody is there
    kill -INT "$pid"
    wait_line "$err" '^0 clients, 0 messages echoed, 0 aborted$'
    ended "$pid" 0
    example "$server" 0 0
    busy_clients 1 100000
    hurried_goodbye
done

# ---- epoll_loop: from its input to the clients, from the clients to its output ----
typed_input
in_from=$input example epoll_loop 0 0
mkfifo "$tmp/said"
sctpx connect --lines "127.0.0.1:$udp" "$port" <"$tmp/said" >"$tmp/heard" 2>"$tmp/client.err" \
    {typing}>&- &
client=$!
exec {said}>"$tmp/said"
echo "from the client" >&"$said"
wait_line "$err" '^received: from the client$'
printf 'from the server' >&"$typing"
# The end of the client's input closes the association only after what was sent to it has come:
# the server has written it when it says that the client has left.
exec {said}>&-
wait_line "$err" '^client has left: closed by the peer'
ended "$client" 0
exec {typing}>&-
ended "$pid" 0

# What it was given last reaches a client that is still there when its input ends.
typed_input
in_from=$input example epoll_loop 0 0
sctpx connect --lines --eof wait "127.0.0.1:$udp" "$port" </dev/null >"$tmp/heard" \
    2>"$tmp/client.err" {typing}>&- &
client=$!
wait_line "$err" '^client has come$'
printf 'the last words' >&"$typing"
exec {typing}>&-
ended "$client" 0
expect_equal "$(cat "$tmp/heard")" "the last words"
ended "$pid" 0

# A signal ends it as gracefully; a second one does not wait for a client that does not answer.
epoll_client() {
    typed_input
    example epoll_loop 0 0
    said=$err server=$pid
    in_from=$input start client "$SCTPX" connect --lines --eof wait "127.0.0.1:$udp" "$port"
    echo "hello" >&"$typing"
    wait_line "$said" '^received: hello$'
}
epoll_client
kill -TERM "$server"
wait_line "$said" '^ending$'
wait_line "$said" '^client has left: '
ended "$server" 0
exec {typing}>&-
ended "$pid" 0
epoll_client
kill -STOP "$pid"
kill -INT "$server"
wait_line "$said" '^ending$'
kill -INT "$server"
ended "$server" 0
kill -CONT "$pid"
exec {typing}>&-
wait "$pid"
forget "$pid"

# ---- byte_stream_copy ----
random "$tmp/in" 3000000
example byte_stream_copy receive "$tmp/copy" 0 0
expect_code 0 run byte_stream_copy send "$tmp/in" 127.0.0.1 "$port" "$udp"
expect_equal "$(cat "$tmp/last.out")" "3000000 bytes sent"
wait_line "$err" '^3000000 bytes received$'
ended "$pid" 0
same "$tmp/in" "$tmp/copy"

# ---- three streams, one client: the rest is in tests/demo/demo.sh ----
random "$tmp/in" 6000000
example three_streams_server "$tmp/in" 1 0 0
expect_code 0 run three_streams_client "$tmp/copy" 1 127.0.0.1 "$port" "$udp"
same "$tmp/in" "$tmp/copy"
for stream in bulk clock chat; do expect_line "$tmp/last.out" "^while $stream was blocked: "; done
wait_line "$err" '^bulk 6000000 bytes, clock [0-9]+ replies, chat 400 messages to all, errors 0$'
ended "$pid" 0

# ---- the ten-line server, on its own port and the usual UDP port; not if those are in use ----
"$examples/ten_line_server" 2>"$tmp/ten.err" &
ten=$!
started+=("$ten")
mkfifo "$tmp/pause"
exec {pause}<>"$tmp/pause"
for _ in $(seq 400); do # it says nothing when it listens
    kill -0 "$ten" 2>/dev/null || skip "all but ten_line_server passed; UDP port 9899 is in use"
    run echo_client 127.0.0.1 7000 >"$tmp/last.out" 2>"$tmp/last.err" && break
    read -r -t 0.05 _ <&"$pause"
done
expect_equal "$(sort "$tmp/last.out")" "$(printf 'stream %d: hello on stream %d\n' 0 0 1 1 2 2)"
port=7000 udp=9899
expect_echo
# Clients that close at the end of their input, while echoes are still under way to them.
for _ in $(seq 10); do
    seq 1 2000 >"$tmp/in"
    expect_code 0 sctpx connect --lines 127.0.0.1 7000 <"$tmp/in"
done
kill -TERM "$ten"
wait "$ten" 2>/dev/null
forget "$ten"
echo passed
