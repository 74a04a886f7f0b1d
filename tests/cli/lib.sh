# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Sourced by the tests of the command. $SCTPX is the command under test. Servers use free ports, so
# tests can run side by side; everything waited for is a line or the end of a process.
set -u -o pipefail

: "${SCTPX:?}" "${SCTPX_SOURCE_DIR:?}" "${SCTPX_BUILD_DIR:?}"
tmp=$(mktemp -d)
started=() # processes to end, by their id
private=() # descriptors that servers must not inherit

cleanup() {
    local pid
    for pid in "${started[@]}"; do
        kill -CONT "$pid"
        kill -KILL "$pid"
        wait "$pid"
    done 2>/dev/null
    rm -rf "$tmp"
}
trap cleanup EXIT

fail() {
    echo "FAIL (line ${BASH_LINENO[-2]}): $*" >&2
    for log in "$tmp"/*.err; do
        [ -s "$log" ] && [ -f "$log" ] && sed "s|^|${log##*/}: |" "$log" >&2
    done
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

# Nothing here takes long; what hangs is a failure. Without --foreground timeout also sends SIGCONT,
# to its whole group: a leak check of the sanitizers that is under way then never ends.
sctpx() {
    timeout --foreground -k 5 60 "$SCTPX" "$@"
}

# expect_code CODE COMMAND...: standard error goes to $tmp/last.err, output to $tmp/last.out.
expect_code() {
    local want=$1 code=0
    shift
    "$@" >"$tmp/last.out" 2>"$tmp/last.err" || code=$?
    [ "$code" -eq "$want" ] || fail "exit code $code instead of $want: $*"
}

# expect_line FILE REGEX: a line of the file matches (grep -E).
expect_line() {
    grep -Eq -- "$2" "$1" || fail "no line like '$2' in: $(head -c 2000 "$1")"
}

expect_no_line() {
    ! grep -Eq -- "$2" "$1" || fail "a line like '$2' in: $(head -c 2000 "$1")"
}

expect_equal() {
    [ "$1" = "$2" ] || fail "'$1' instead of '$2'"
}

# wait_line FD REGEX: reads lines from the descriptor until one matches; it is left in $line.
wait_line() {
    while IFS= read -r -t 60 line <&"$1"; do
        [[ $line =~ $2 ]] && return 0
    done
    fail "no line like '$2' came"
}

# typed_input: makes $input, a pipe for $in_from that is open for writing on $typing until that is
# closed.
typed_input() {
    input=$tmp/input.$RANDOM
    mkfifo "$input"
    exec {typing}<>"$input"
    private+=("$typing")
}

# slow_output: makes $output, a pipe that nobody reads until read_output has made it $reader.
slow_output() {
    output=$tmp/output.$RANDOM
    mkfifo "$output"
    exec {holder}<>"$output"
    private+=("$holder")
}

read_output() {
    exec {reader}<"$output" {holder}>&-
}

# start NAME COMMAND...: runs it in the background. Its id is in $pid, its standard error can be
# read line by line from $err, its output goes to $tmp/NAME.out or, if that is set, to $out_to;
# its input comes from $in_from, else from nowhere.
start() {
    local name=$1
    shift
    rm -f "$tmp/$name.fifo"
    mkfifo "$tmp/$name.fifo"
    (
        for fd in "${private[@]}"; do exec {fd}>&-; done
        exec "$@"
    ) <"${in_from:-/dev/null}" >"${out_to:-$tmp/$name.out}" 2>"$tmp/$name.fifo" &
    pid=$!
    started+=("$pid")
    exec {err}<"$tmp/$name.fifo"
}

# serve NAME OPTION... (of "sctpx listen", on 127.0.0.1): also sets $port and $udp, and $peer as
# host and port for "sctpx connect".
serve() {
    local name=$1
    shift
    serve_any "$name" listen --bind 127.0.0.1 --udp-port 0 "$@" 0
}

serve_perf() {
    local name=$1
    shift
    serve_any "$name" perf server --bind 127.0.0.1 --udp-port 0 "$@" 0
}

# Any arguments; the address for $peer is the first one of the line that tells the ports.
serve_any() {
    local name=$1
    shift
    start "$name" "$SCTPX" "$@"
    wait_line "$err" '^listening on SCTP port ([0-9]+), UDP ([^,]*):([0-9]+)(,|$)'
    port=${BASH_REMATCH[1]}
    udp=${BASH_REMATCH[3]}
    peer=("${BASH_REMATCH[2]}:$udp" "$port")
}

# Its id may soon be another's.
forget() {
    local pid left=()
    for pid in "${started[@]}"; do
        [ "$pid" = "$1" ] || left+=("$pid")
    done
    started=("${left[@]}")
}

# stop PID [CODE]: ends a server with SIGTERM; its exit code must be this one (0).
stop() {
    local code=0
    kill -TERM "$1"
    wait "$1" || code=$?
    forget "$1"
    [ "$code" -eq "${2:-0}" ] || fail "server ended with $code instead of ${2:-0}"
}

# ended PID CODE: it ends by itself.
ended() {
    local code=0
    wait "$1" || code=$?
    forget "$1"
    [ "$code" -eq "$2" ] || fail "ended with $code instead of $2"
}

# random FILE BYTES
random() {
    head -c "$2" /dev/urandom >"$1"
}

same() {
    cmp "$1" "$2" || fail "$1 and $2 differ"
}

# ---- programs of examples/ ----

examples=$SCTPX_BUILD_DIR/examples

need_examples() {
    [ -x "$examples/echo_client" ] || skip "the examples are not built"
}

# example NAME ARGUMENT...: starts a server that prints its ports on its output, which can then be
# read line by line from $err.
example() {
    local name=$1
    rm -f "$tmp/$name.fifo"
    mkfifo "$tmp/$name.fifo"
    (
        for fd in "${private[@]}"; do exec {fd}>&-; done
        exec "$examples/$name" "${@:2}"
    ) <"${in_from:-/dev/null}" >"$tmp/$name.fifo" 2>"$tmp/$name.err" &
    pid=$!
    started+=("$pid")
    exec {err}<"$tmp/$name.fifo"
    wait_line "$err" '^listening on SCTP port ([0-9]+), UDP port ([0-9]+)$'
    port=${BASH_REMATCH[1]}
    udp=${BASH_REMATCH[2]}
}

run() {
    timeout --foreground -k 5 60 "$examples/$1" "${@:2}"
}

# expect_echo: a client of the echo server at $port and $udp gets back what it sends.
expect_echo() {
    expect_code 0 run echo_client 127.0.0.1 "$port" "$udp"
    expect_equal "$(sort "$tmp/last.out")" "$(printf 'stream %d: hello on stream %d\n' 0 0 1 1 2 2)"
}

# busy_clients COUNT LINES: clients of an echo server, by their ids in $clients, that each send so
# many lines and have got back the first ones; most of it is still to come.
busy_clients() {
    local i
    clients=()
    for i in $(seq "$1"); do
        seq 1 "$2" | "$SCTPX" connect --lines --eof wait "127.0.0.1:$udp" "$port" \
            >"$tmp/heard.$i" 2>"$tmp/client$i.err" &
        clients+=("$!")
        started+=("$!")
    done
    for i in $(seq "$1"); do
        until [ -s "$tmp/heard.$i" ]; do expect_echo; done
    done
}

# goodbye: the echo server $pid is told to end in the middle of serving $clients: all that it has
# echoed arrives, nobody is aborted. Other clients must have been those of expect_echo.
goodbye() {
    local client echoed others
    kill -TERM "$pid"
    wait_line "$err" '^([0-9]+) clients, ([0-9]+) messages echoed, 0 aborted$'
    echoed=${BASH_REMATCH[2]} others=$(((${BASH_REMATCH[1]} - ${#clients[@]}) * 3))
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
    rm -f "$tmp"/heard.*
}

# hurried_goodbye: with one of $clients that does not answer, a second signal ends the server.
hurried_goodbye() {
    kill -STOP "${clients[0]}"
    kill -TERM "$pid"
    wait_line "$err" '^ending$'
    kill -TERM "$pid"
    wait_line "$err" ' messages echoed, [1-9][0-9]* aborted$'
    kill -CONT "${clients[0]}"
    wait "${clients[0]}"
    forget "${clients[0]}"
    wait "$pid"
    forget "$pid"
    rm -f "$tmp"/heard.*
}
