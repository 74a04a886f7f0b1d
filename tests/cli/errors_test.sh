#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# How connecting and associations fail: exit codes, and messages that say what to do.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# 3: an SCTP stack without this port, and a host without an SCTP stack on this UDP port.
serve echo --echo
closed=$((port == 7 ? 8 : 7))
for command in connect ping "perf client"; do
    # shellcheck disable=SC2086
    expect_code 3 sctpx $command "${peer[0]}" "$closed" </dev/null
    expect_no_line "$tmp/last.err" 'peer-udp-port'
    expect_line "$tmp/last.err" \
        "connection refused: nothing listens on SCTP port $closed behind 127\.0\.0\.1:$udp"
done

# A local UDP port that is the server's: most likely the peer's was meant.
for command in connect ping "perf client"; do
    # shellcheck disable=SC2086
    expect_code 1 sctpx $command --bind 127.0.0.1 --udp-port "$udp" 127.0.0.1 "$port" </dev/null
    expect_line "$tmp/last.err" "^sctpx: cannot bind UDP port $udp of 127\.0\.0\.1: "
    expect_line "$tmp/last.err" "choose another UDP port with --udp-port \(for the peer's UDP port use --peer-udp-port"
done
expect_code 1 sctpx listen --bind 127.0.0.1 --udp-port "$udp" 0
expect_line "$tmp/last.err" "choose another UDP port with --udp-port\$"
stop "$pid"
expect_code 3 sctpx connect "${peer[@]}" </dev/null
expect_line "$tmp/last.err" \
    "connection refused: no SCTP stack on UDP port $udp of 127\.0\.0\.1.*--peer-udp-port"

# 4: nobody answers within the time.
serve stopped --echo
kill -STOP "$pid"
for command in connect ping "perf client"; do
    # shellcheck disable=SC2086
    expect_code 4 sctpx $command --timeout 0.3 "${peer[@]}" </dev/null
    expect_line "$tmp/last.err" "timed out: no answer from SCTP port $port behind 127\.0\.0\.1:$udp"
done
kill -CONT "$pid"
stop "$pid"

# 4: no such host.
expect_code 4 sctpx connect no-such-host.invalid 7 </dev/null
expect_line "$tmp/last.err" 'host not found: "no-such-host\.invalid"'

# 5: the peer, whose output is gone, aborts, and its reason is told.
serve_pipe() {
    mkfifo "$tmp/pipe"
    "$SCTPX" listen --bind 127.0.0.1 --udp-port 0 0 2>"$tmp/pipe" </dev/null | head -c 10 >/dev/null &
    pid=$!
    exec {err}<"$tmp/pipe"
}
serve_pipe
wait_line "$err" '^listening on SCTP port ([0-9]+), UDP (.*)$'
yes | sctpx connect "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}" >"$tmp/out" 2>"$tmp/aborted.err"
expect_equal "${PIPESTATUS[1]}" 5
expect_line "$tmp/aborted.err" 'aborted by the peer 127\.0\.0\.1:[0-9]+ \(cause 12, by its user\): output closed'
wait_line "$err" 'cannot write the output: Broken pipe'

# 5: the server died without a word, and another one on its ports does not know the association.
serve first --echo
typed_input
"$SCTPX" connect --lines --local-port 4711 "${peer[@]}" <"$input" >"$tmp/echoed" \
    2>"$tmp/stranger.err" {typing}>&- &
client=$!
started+=("$client")
echo one >&"$typing"
until [ -s "$tmp/echoed" ]; do expect_code 0 sctpx ping -c 1 "${peer[@]}"; done
kill -KILL "$pid"
wait "$pid" 2>/dev/null
forget "$pid"
serve_any second listen --echo --bind 127.0.0.1 --udp-port "$udp" "$port"
echo two >&"$typing"
ended "$client" 5
exec {typing}>&-
expect_line "$tmp/stranger.err" \
    'aborted by the peer .*no cause given: .* does not know this association; was it restarted\?'
stop "$pid"

# An input that cannot be read.
serve echo --echo
expect_code 1 sctpx connect "${peer[@]}" <"$tmp"
expect_line "$tmp/last.err" 'cannot read the input: Is a directory'

# A trace file that cannot be written.
expect_code 1 sctpx connect --pcap "$tmp/no/such/file" "${peer[@]}" </dev/null
expect_line "$tmp/last.err" "cannot write packets to $tmp/no/such/file: No such file or directory"
expect_code 1 sctpx connect --trace packets --pcap "$tmp/no/such/file" "${peer[@]}" </dev/null
expect_line "$tmp/last.err" "cannot write packets to $tmp/no/such/file"

# Interrupted before it is connected: 128 and the signal.
echo_pid=$pid
kill -STOP "$echo_pid"
mkfifo "$tmp/trace"
"$SCTPX" connect --trace packets "${peer[@]}" </dev/null 2>"$tmp/trace" &
client=$!
exec {trace}<"$tmp/trace"
wait_line "$trace" ' INIT\('
kill -INT "$client"
ended "$client" 130
kill -CONT "$echo_pid"
stop "$echo_pid"

# A copy that a signal interrupts is told by the exit code of the end that got the signal; the input
# that is left over by that of the other one.
truncate -s 100G "$tmp/long"
begin_copy() {
    serve copy --bytes --trace info
    server=$pid server_err=$err
    in_from=$tmp/long start client "$SCTPX" connect --bytes --trace info "${peer[@]}"
    wait_line "$server_err" ' accepted: '
    wait_line "$err" ' connected: '
}
for number in 2 15; do
    begin_copy
    kill "-$number" "$pid"
    ended "$pid" $((128 + number))
    ended "$server" 0
    begin_copy
    kill "-$number" "$server"
    ended "$server" $((128 + number))
    wait_line "$err" 'the peer closed the association before all of the input was sent'
    ended "$pid" 1
    rm "$tmp/copy.out"
done
echo passed
