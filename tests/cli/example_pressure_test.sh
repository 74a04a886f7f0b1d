#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The servers in examples/ wait for a client that does not read: nothing is left out, and it is not
# aborted.
# ctest: timeout=300
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_examples

# More than all buffers between two ends take, at 1 MiB in the programs' own and what pipes hold.
seq 1000000000 1000900000 | sed 's/$/ 0123456789 0123456789 0123456789 0123456789/' >"$tmp/lines"
sum=$(sha256sum <"$tmp/lines")

serve ping --echo
ping_pid=$pid ping_peer=("${peer[@]}")

# until_still PID: its input is not read any more.
until_still() {
    local before=-1 now=0
    while [ "$now" -ne "$before" ]; do
        before=$now
        # Half a second of an association beside it, by which all that can move has moved.
        expect_code 0 sctpx ping -c 10 -i 0.05 "${ping_peer[@]}"
        now=$(sed -n 's/^pos:[^0-9]*\([0-9]*\)$/\1/p' "/proc/$1/fdinfo/0")
        [ -n "$now" ] || fail "process $1 has gone"
    done
    [ "$now" -lt "$(stat -c %s "$tmp/lines")" ] || fail "everything was taken in with nobody reading"
}

# ---- servers that echo ----
for server in graceful_server uv_loop glib_loop; do
    [ -x "$examples/$server" ] || continue
    example "$server" 0 0
    slow_output
    "$SCTPX" connect --lines --linger 2 "127.0.0.1:$udp" "$port" <"$tmp/lines" >"$output" \
        2>"$tmp/client.err" {holder}>&- &
    client=$!
    started+=("$client")
    until_still "$client"
    read_output
    expect_equal "$(sha256sum <&"$reader")" "$sum"
    exec {reader}<&-
    ended "$client" 0
    stop "$pid"
done

# ---- one that tells all clients: its input waits for the slowest ----
typed_input
in_from=$input example epoll_loop 0 0
server=$pid
slow_output
"$SCTPX" connect --eof wait "127.0.0.1:$udp" "$port" </dev/null >"$output" 2>"$tmp/client.err" \
    {holder}>&- {typing}>&- &
client=$!
started+=("$client")
wait_line "$err" '^client has come$'
cat <"$tmp/lines" >&"$typing" {holder}>&- &
writer=$!
started+=("$writer")
exec {typing}>&-
until_still "$writer"
read_output
expect_equal "$(sha256sum <&"$reader")" "$sum"
exec {reader}<&-
ended "$writer" 0
ended "$client" 0
ended "$server" 0
stop "$ping_pid"
echo passed
