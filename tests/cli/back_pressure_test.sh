#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A reader that does not read stops the writer at the other end, and nothing piles up in between;
# when it reads again everything comes.
# ctest: timeout=300
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

megabytes=64
random "$tmp/in" $((megabytes << 20))
sum=$(sha256sum <"$tmp/in")

# What sctpx holds at most: buffers of 1 MiB each way and itself. Sanitizers need their own.
limit_kb=32768
is_sanitized=$(grep -c 'SCTPX_SANITIZE:[A-Z]*=..*' "$SCTPX_BUILD_DIR/CMakeCache.txt")

expect_small() {
    local kb
    kb=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$1/status")
    [ -n "$kb" ] || fail "process $1 has gone"
    [ "$is_sanitized" -gt 0 ] || [ "$kb" -le "$limit_kb" ] || fail "process $1 used $kb kB"
}

position() {
    sed -n 's/^pos:[^0-9]*\([0-9]*\)$/\1/p' "/proc/$1/fdinfo/0"
}

# until_still PID: its input is not read any more; both ends then have all they can take.
until_still() {
    local before=-1 now=0
    while [ "$now" -ne "$before" ]; do
        before=$now
        # Half a second of an association beside it, by which all that can move has moved.
        expect_code 0 sctpx ping -c 10 -i 0.05 "${ping_peer[@]}"
        now=$(position "$1")
        [ -n "$now" ] || fail "process $1 has gone"
    done
    [ "$now" -gt 0 ] || fail "nothing was read"
    [ "$now" -lt $((megabytes << 19)) ] || fail "$now bytes were taken in with nobody reading"
}

serve ping --echo
ping_pid=$pid
ping_peer=("${peer[@]}")

for mode in "" --bytes; do
    # ---- the server's output is not read ----
    slow_output
    # shellcheck disable=SC2086
    out_to=$output serve slow $mode
    server=$pid
    # shellcheck disable=SC2086
    "$SCTPX" connect $mode "${peer[@]}" <"$tmp/in" >"$tmp/out" 2>"$tmp/client.err" {holder}>&- &
    client=$!
    started+=("$client")
    until_still "$client"
    expect_small "$client"
    expect_small "$server"
    read_output
    expect_equal "$(sha256sum <&"$reader")" "$sum"
    exec {reader}<&-
    ended "$client" 0
    ended "$server" 0

    # ---- the client's output is not read, and the server sends a file ----
    slow_output
    # shellcheck disable=SC2086
    in_from=$tmp/in serve file $mode --eof close
    server=$pid
    # shellcheck disable=SC2086
    "$SCTPX" connect $mode --eof wait "${peer[@]}" </dev/null >"$output" 2>"$tmp/client.err" {holder}>&- &
    client=$!
    started+=("$client")
    until_still "$server"
    expect_small "$client"
    expect_small "$server"
    read_output
    expect_equal "$(sha256sum <&"$reader")" "$sum"
    exec {reader}<&-
    ended "$client" 0
    ended "$server" 0
done

# ---- the echo of a client that sends and does not read: the server's echo stops it ----
slow_output
serve echo --echo
server=$pid
"$SCTPX" connect --linger 1 "${peer[@]}" <"$tmp/in" >"$output" 2>"$tmp/client.err" {holder}>&- &
client=$!
started+=("$client")
until_still "$client"
expect_small "$client"
expect_small "$server"
read_output
expect_equal "$(sha256sum <&"$reader")" "$sum"
ended "$client" 0
stop "$server"
exec {reader}<&-

# ---- an output that is not read keeps nothing else from working: signals, for one ----
slow_output
out_to=$output serve slow --trace info
server=$pid
"$SCTPX" connect "${peer[@]}" <"$tmp/in" >"$tmp/out" 2>"$tmp/client.err" {holder}>&- &
client=$!
started+=("$client")
until_still "$client"
kill -TERM "$server"
wait_line "$err" ' closing$'
stop "$server" 143
ended "$client" 1
expect_line "$tmp/client.err" 'closed the association before all of the input was sent'
stop "$ping_pid"
echo passed
