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
    expect_line "$tmp/last.err" \
        "connection refused: nothing listens on SCTP port $closed behind 127\.0\.0\.1:$udp"
done
stop "$pid"
expect_code 3 sctpx connect "${peer[@]}" </dev/null
expect_line "$tmp/last.err" "connection refused: no SCTP stack on UDP port $udp of 127\.0\.0\.1"

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
expect_line "$tmp/aborted.err" 'aborted by the peer 127\.0\.0\.1:[0-9]+ \(cause 12\): output closed'
wait_line "$err" 'cannot write the output: Broken pipe'

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
