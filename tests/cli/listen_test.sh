#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# "sctpx listen": the services, the number of associations, time-outs and signals.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# ---- echo: three clients at once, each gets its own lines back, in order ----
serve echo --echo
seq 1 500 >"$tmp/lines"
clients=()
for i in 1 2 3; do
    sed "s/^/$i /" "$tmp/lines" >"$tmp/in$i"
    sctpx connect --lines --linger 1 "${peer[@]}" <"$tmp/in$i" >"$tmp/out$i" 2>"$tmp/client$i.err" &
    clients+=($!)
done
for i in "${clients[@]}"; do ended "$i" 0; done
for i in 1 2 3; do same "$tmp/in$i" "$tmp/out$i"; done

# A message of 1 MB comes back as one.
head -c 750000 /dev/zero | tr '\0' 'x' >"$tmp/in"
echo >>"$tmp/in"
expect_code 0 sctpx connect --lines --linger 1 "${peer[@]}" <"$tmp/in"
same "$tmp/in" "$tmp/last.out"

# Bytes too, through a server in byte mode.
serve bytes --echo --bytes
bytes_pid=$pid
random "$tmp/in" 300000
expect_code 0 sctpx connect --bytes --linger 1 "${peer[@]}" <"$tmp/in"
same "$tmp/in" "$tmp/last.out"
stop "$bytes_pid"

# ---- discard ----
serve discard --discard --trace messages
discard_pid=$pid
expect_code 0 sctpx connect --linger 0.2 "${peer[@]}" <<<hello
expect_equal "$(cat "$tmp/last.out")" ""
wait_line "$err" 'received: stream 0, .* 6 bytes'
stop "$discard_pid"

# ---- chargen: lines of 72 characters, as RFC 864 shows them, until the reader has enough ----
for mode in "" --bytes; do
    # shellcheck disable=SC2086
    serve chargen --chargen $mode
    # shellcheck disable=SC2086
    sctpx connect $mode --eof wait "${peer[@]}" </dev/null 2>"$tmp/last.err" | head -n 300 |
        tr -d '\r' >"$tmp/lines"
    expect_equal "$(wc -l <"$tmp/lines")" 300
    expect_equal "$(awk 'length != 72' "$tmp/lines")" ""
    expect_equal "$(sed -n 2p "$tmp/lines" | cut -c 1-10)" '!"#$%&'"'()*"
    expect_equal "$(sed -n 96p "$tmp/lines")" "$(sed -n 1p "$tmp/lines")"
    stop "$pid"
done

# ---- exec ----
# The command's output comes, its end closes the association, and it knows its peer.
# shellcheck disable=SC2016
serve exec --exec 'echo "from $SCTPX_PEER_ADDR $SCTPX_PEER_PORT to $SCTPX_LOCAL_PORT"; exec head -n 2'
exec_pid=$pid
mkfifo "$tmp/typed"
sctpx connect "${peer[@]}" <"$tmp/typed" >"$tmp/out" 2>"$tmp/client.err" &
client=$!
exec {typed}>"$tmp/typed"
printf 'one\ntwo\nthree\n' >&"$typed"
ended "$client" 0
exec {typed}>&-
expect_line "$tmp/out" "^from 127\.0\.0\.1:[0-9]+ [0-9]+ to $port\$"
expect_equal "$(tail -n +2 "$tmp/out")" "$(printf 'one\ntwo')"
stop "$exec_pid"

# The command's input ends when the peer closes, with everything in it.
mkfifo "$tmp/sum"
serve exec --count 1 --exec "wc -c >'$tmp/sum'"
exec_pid=$pid
random "$tmp/in" 2000000
sctpx connect "${peer[@]}" <"$tmp/in" 2>"$tmp/client.err" &
client=$!
read -r -t 60 sum <"$tmp/sum" || fail "no sum"
expect_equal "$sum" 2000000
ended "$client" 0
ended "$exec_pid" 0

# A command that fails is told.
serve failing --exec 'exit 3'
expect_code 0 sctpx connect --eof wait "${peer[@]}" </dev/null
wait_line "$err" 'the command exited with 3$'
stop "$pid"

# A command ends with the server, and all that it has started.
mkfifo "$tmp/alive"
serve killed --exec "sleep 1000 >'$tmp/alive'; true" --trace info
sctpx connect --eof wait "${peer[@]}" </dev/null >"$tmp/out" 2>"$tmp/client.err" &
client=$!
exec {alive}<"$tmp/alive"
wait_line "$err" ' accepted: '
stop "$pid"
ended "$client" 0
code=0
read -r -t 30 line <&"$alive" || code=$?
expect_equal "$code" 1 # the end of the pipe, not the time
exec {alive}<&-

# ---- standard input and output: one association, both ways ----
# The server answers when the client's input has ended and is acknowledged: --linger waits for that.
typed_input
in_from=$input serve stdio --lines
mkfifo "$tmp/packets"
"$SCTPX" connect --lines --linger 2 --trace packets "${peer[@]}" <<<"from the client" >"$tmp/out" \
    2>"$tmp/packets" {typing}>&- &
client=$!
started+=("$client")
exec {packets}<"$tmp/packets"
wait_line "$packets" ' DATA\('
wait_line "$packets" ' SACK\('
echo "from the server" >&"$typing"
ended "$client" 0
ended "$pid" 0
expect_equal "$(cat "$tmp/out")" "from the server"
expect_equal "$(cat "$tmp/stdio.out")" "from the client"
exec {typing}>&-

# --eof close: the server closes at the end of its input.
printf 'a file' >"$tmp/file"
in_from=$tmp/file serve file --eof close
expect_code 0 sctpx connect --eof wait "${peer[@]}" </dev/null
expect_equal "$(cat "$tmp/last.out")" "a file"
ended "$pid" 0

# --count with standard output: one after the other, then it ends and nothing listens any more.
serve three --count 3 --lines
for i in 1 2 3; do expect_code 0 sctpx connect --lines "${peer[@]}" <<<"client $i"; done
ended "$pid" 0
expect_equal "$(cat "$tmp/three.out")" "$(printf 'client 1\nclient 2\nclient 3')"

# ---- nobody comes ----
serve lonely --echo --timeout 0.2
wait_line "$err" 'timed out: no association came'
ended "$pid" 4
serve visited --echo --timeout 0.5
expect_code 0 sctpx connect "${peer[@]}" </dev/null
ended "$pid" 0

# ---- signals: associations end gracefully; the second signal does not wait ----
serve signal --echo --trace info
mkfifo "$tmp/open"
sctpx connect "${peer[@]}" <"$tmp/open" >"$tmp/out" 2>"$tmp/client.err" &
client=$!
exec {open}>"$tmp/open"
wait_line "$err" ' accepted: '
stop "$pid"
ended "$client" 0
exec {open}>&-

serve signals --echo --trace info
"$SCTPX" connect "${peer[@]}" <"$tmp/open" >"$tmp/out" 2>"$tmp/client.err" &
client=$!
started+=("$client")
exec {open}>"$tmp/open"
wait_line "$err" ' accepted: '
kill -STOP "$client" # so that closing takes its time
kill -TERM "$pid"
wait_line "$err" ' closing$'
stop "$pid" 143
kill -CONT "$client"
ended "$client" 5
exec {open}>&-

# ---- failures ----
serve first --echo
first=$pid
expect_code 1 sctpx listen --echo --bind 127.0.0.1 --udp-port "$udp" 0
expect_line "$tmp/last.err" "UDP port $udp of 127\.0\.0\.1.*in use.*choose another UDP port with --udp-port"
expect_code 1 sctpx listen --echo --bind 192.0.2.1 --udp-port 0 0
expect_line "$tmp/last.err" "192\.0\.2\.1"
stop "$first"
echo passed
