#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demonstration: sctpx servers and clients on the loopback interface. Started by ./demo, and by
# the tests. Exit code 0 only if everything that is claimed here was seen.
set -u -o pipefail
: "${SCTPX:?the command sctpx}" "${SCTPX_BUILD_DIR:?the build directory}"

file_mb=64
associations=1000
chatters=3

examples=$SCTPX_BUILD_DIR/examples
tmp=$(mktemp -d)
started=()
failures=0
summary=()
SECONDS=0

cleanup() {
    local pid
    for pid in "${started[@]}"; do
        kill -KILL "$pid"
        wait "$pid"
    done 2>/dev/null
    rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

title() {
    printf '\n== %s\n' "$*"
}

ok() {
    printf '   ok    %s\n' "$*"
}

bad() {
    printf '   BAD   %s\n' "$*"
    failures=$((failures + 1))
}

# check TEXT COMMAND...: ok if the command succeeds.
check() {
    local text=$1
    shift
    if "$@"; then ok "$text"; else bad "$text"; fi
}

# What cannot be gone on from.
give_up() {
    bad "$*"
    cat "$tmp"/*.err >&2
    exit 1
}

forget() {
    local pid left=()
    for pid in "${started[@]}"; do
        [ "$pid" = "$1" ] || left+=("$pid")
    done
    started=("${left[@]}")
}

# start COMMAND...: runs a server, and waits for the line that tells its ports, on its output or
# standard error ($ready_on: 1 or 2). Sets $pid, $port, $udp; what it says then is read from $say.
start() {
    local line fifo=$tmp/say.$RANDOM
    mkfifo "$fifo"
    if [ "${ready_on:-2}" = 1 ]; then
        "$@" </dev/null >"$fifo" 2>>"$tmp/server.err" &
    else
        "$@" </dev/null >"${out_to:-/dev/null}" 2>"$fifo" &
    fi
    pid=$!
    started+=("$pid")
    exec {say}<"$fifo"
    IFS= read -r -t 20 line <&"$say" || give_up "$1 did not start"
    [[ $line =~ ^listening\ on\ SCTP\ port\ ([0-9]+),\ UDP.*[:\ ]([0-9]+)$ ]] ||
        give_up "$1 said: $line"
    port=${BASH_REMATCH[1]}
    udp=${BASH_REMATCH[2]}
}

# ended PID: its exit code.
ended() {
    local code=0
    wait "$1" || code=$?
    forget "$1"
    return $code
}

stop() {
    kill -TERM "$1"
    ended "$1"
}

limited() {
    timeout --foreground -k 5 60 "$@"
}

now_ms() {
    local now=$EPOCHREALTIME
    echo $((${now%[.,]*} * 1000 + 10#${now#*[.,]} / 1000))
}

# ---- what is on the wire ------------------------------------------------------------------- #

on_the_wire() {
    local good
    title "One association, decoded by tshark"
    if ! command -v tshark >/dev/null; then
        echo "   (tshark is not installed)"
        return
    fi
    start "$SCTPX" listen --echo --bind 127.0.0.1 --udp-port 0 0
    limited "$SCTPX" connect --lines --linger 0.1 --pcap "$tmp/wire.pcap" "127.0.0.1:$udp" "$port" \
        <<<"Hello, SCTP" >"$tmp/echoed" 2>"$tmp/wire.err"
    check "the message came back" [ "$(cat "$tmp/echoed")" = "Hello, SCTP" ]
    stop "$pid"
    tshark -r "$tmp/wire.pcap" -d "udp.port==$udp,sctp" 2>/dev/null | sed 's/^/   /'
    tshark -r "$tmp/wire.pcap" -d "udp.port==$udp,sctp" -o "sctp.checksum:CRC 32c" -T fields \
        -e sctp.checksum.status >"$tmp/status" 2>/dev/null
    good=$(grep -c '^1$' "$tmp/status")
    check "$good packets, every checksum right" \
        [ "$good" -ge 8 -a "$good" -eq "$(wc -l <"$tmp/status")" ]
}

# ---- three streams ------------------------------------------------------------------------- #

# figure FILE PATTERN: the number in place of the N of "some words N more words".
figure() {
    local value
    value=$(grep -Eo -- "${2/N/[0-9.]+}" "$1" | head -n 1 | grep -Eo '[0-9.]+' | head -n 1)
    echo "${value:-0}"
}

check_chatter() {
    local out=$1 who=$2
    sed "s/^/   $who: /" "$out"
    check "$who: clock and chat moved on while bulk was blocked" \
        grep -Eq '^while bulk was blocked: clock [1-9][0-9]* replies, chat [1-9][0-9]* messages$' "$out"
    check "$who: bulk and chat moved on while clock was blocked" \
        grep -Eq '^while clock was blocked: bulk [1-9][0-9]* bytes, chat [1-9][0-9]* messages$' "$out"
    check "$who: bulk and clock moved on while chat was blocked" \
        grep -Eq '^while chat was blocked: bulk [1-9][0-9]* bytes, clock [1-9][0-9]* replies$' "$out"
    check "$who: heard every line of all $chatters clients" \
        [ "$(figure "$out" 'ms, chat N messages')" -eq $((400 * chatters)) ]
}

three_streams() {
    local i begin clients=() slowest=0 sum server
    title "Datagram mode: one association, three streams (bulk, clock, chat); $chatters clients"
    head -c $((8 << 20)) /dev/urandom >"$tmp/bulk"
    sum=$(sha256sum <"$tmp/bulk")
    begin=$(now_ms)
    ready_on=1 start "$examples/three_streams_server" "$tmp/bulk" "$chatters" 0 0
    server=$pid
    for i in $(seq "$chatters"); do
        limited "$examples/three_streams_client" "$tmp/bulk.$i" "$chatters" 127.0.0.1 "$port" \
            "$udp" >"$tmp/chatter.$i" 2>>"$tmp/client.err" &
        clients+=($!)
        started+=($!)
    done
    for i in $(seq "$chatters"); do
        check "client $i ended well" ended "${clients[i - 1]}"
        check_chatter "$tmp/chatter.$i" "client $i"
        check "client $i: the bulk file is the same (SHA-256)" \
            [ "$(sha256sum <"$tmp/bulk.$i")" = "$sum" ]
        slowest=$(printf '%s\n' "$slowest" "$(figure "$tmp/chatter.$i" 'slowest N ms')" | sort -g |
            tail -n 1)
    done
    check "the server ended well" ended "$server"
    summary+=("three streams: $chatters clients, 8 MiB of bulk, $((400 * chatters)) chat lines to each, slowest clock reply beside them $slowest ms, $(($(now_ms) - begin)) ms")
}

# ---- TCP emulation ------------------------------------------------------------------------- #

byte_stream() {
    local begin time_ms server
    title "TCP emulation: a file of $file_mb MiB"
    head -c $((file_mb << 20)) /dev/urandom >"$tmp/file"
    out_to=$tmp/copy start "$SCTPX" listen --bytes --bind 127.0.0.1 --udp-port 0 0
    server=$pid
    begin=$(now_ms)
    check "sent" limited "$SCTPX" connect --bytes "127.0.0.1:$udp" "$port" <"$tmp/file"
    check "received" ended "$server"
    time_ms=$(($(now_ms) - begin))
    check "$(wc -c <"$tmp/copy") bytes arrived" [ "$(wc -c <"$tmp/copy")" -eq $((file_mb << 20)) ]
    check "the copy is the same (SHA-256 $(sha256sum <"$tmp/copy" | cut -c 1-16)...)" \
        [ "$(sha256sum <"$tmp/copy")" = "$(sha256sum <"$tmp/file")" ]
    summary+=("TCP emulation: $file_mb MiB in $time_ms ms, $(((file_mb << 20) * 8 / (time_ms + 1) / 1000)) Mbit/s")
}

# ---- associations -------------------------------------------------------------------------- #

many_associations() {
    local done_count rate server
    title "$associations associations set up and closed, 100 at a time"
    start "$SCTPX" perf server --count "$associations" --bind 127.0.0.1 --udp-port 0 0
    server=$pid
    limited "$SCTPX" perf client --setup -n "$associations" -P 100 --json "127.0.0.1:$udp" "$port" \
        >"$tmp/setup.json" 2>"$tmp/setup.err"
    check "the client ended well" [ $? -eq 0 ]
    done_count=$(figure "$tmp/setup.json" '"associations": N')
    rate=$(figure "$tmp/setup.json" '"per_second": N')
    sed 's/^/   /' "$tmp/setup.json"
    check "$done_count associations by the client" [ "$done_count" -eq "$associations" ]
    check "the server saw as many come and go, and ended" ended "$server"
    summary+=("set-up: $done_count associations, $rate a second")
}

# -------------------------------------------------------------------------------------------- #

"$SCTPX" --version | head -n 1
on_the_wire
three_streams
byte_stream
many_associations

title "What was seen, in $SECONDS s"
printf '   %s\n' "${summary[@]}"
check "less than a minute" [ "$SECONDS" -lt 60 ]
if [ "$failures" -gt 0 ]; then
    cat "$tmp"/*.err >&2
    printf '\n%d things did not hold.\n' "$failures"
    exit 1
fi
printf '\nAll of it held.\n'
