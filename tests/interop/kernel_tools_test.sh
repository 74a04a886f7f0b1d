#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154
# The command against programs that use the SCTP of Linux: ncat, sctp_test of lksctp-tools, iperf3.
# The kernel's SCTP is behind UDP port 9899, ours behind 9900, of which it is told.
# ctest: labels=heavy timeout=200 serial
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "${BASH_SOURCE[0]}")/kernel_guest.sh"
    guest_boot 150 ncat sctp_test iperf3 tshark mergecap
    check_directory "$dir/pcap" captures
    guest_end
fi

mkdir "$dir/pcap" && cd /run || return
sysctl -q -w net.sctp.encap_port=9900
head -c 3000000 /dev/urandom >big
head -c 5000 /dev/urandom >small
seq 1 300 >lines
mkfifo silence
exec {hold}<>silence # standard input without an end: ncat ends the association with its input

number=0

# A command of ours; packets go to a file. How it is started is in $start: in the background with
# exec, so that its number is that of the process to be ended.
start=
ours() {
    local command=$1
    shift
    $start timeout 60 "$SCTPX" "$command" --pcap "$dir/pcap/$number-$command.pcap" --bind 127.0.0.1 "$@"
}

connect() {
    ours connect --udp-port 9900 "$@"
}

# serve OPTION... PORT: in the background, as $server; what it says goes to log.
serve() {
    : >log
    start='exec' ours listen --udp-port 9900 --trace info "$@" <&0 2>log &
    server=$!
    wait_for grep -q '^listening' log
}

wait_for() {
    local i
    for ((i = 0; i < 500; i++)); do
        "$@" && return 0
        sleep 0.02
    done
    tail -n 5 log
    return 1
}

is_listening() {
    awk -v port="$1" '$6 == port { found = 1 } END { exit !found }' /proc/net/sctp/eps
}

ended() {
    local code=0
    wait "$1" || code=$?
    [ $code -eq "${2:-0}" ] || { echo "ended with $code"; tail -n 5 log; return 1; }
}

# theirs PORT COMMAND...: a listener in the background, as $listener
theirs() {
    local port=$1
    shift
    timeout 60 "$@" <&0 &
    listener=$!
    wait_for is_listening "$port"
}

# ---- ncat ---------------------------------------------------------------------------------------

# one of --bytes, --size N, --lines
to_ncat() {
    theirs 7000 ncat --sctp -l 127.0.0.1 7000 >received <silence || return
    connect "$@" 127.0.0.1 7000 <big >/dev/null && ended "$listener" && cmp big received
}

from_ncat() {
    serve "$@" 7001 >received </dev/null || return
    timeout 60 ncat --sctp --send-only 127.0.0.1 7001 <big && ended "$server" && cmp big received
}

from_ncat_server() {
    theirs 7002 ncat --sctp -l 127.0.0.1 7002 --send-only <big || return
    connect "$@" --eof wait 127.0.0.1 7002 </dev/null >received && ended "$listener" &&
        cmp big received
}

to_ncat_client() {
    serve "$@" --eof close 7003 <big >/dev/null || return
    timeout 60 ncat --sctp 127.0.0.1 7003 >received <silence && ended "$server" &&
        cmp big received
}

# talk COMMAND...: its input, a few bytes, ends when they have come back: then SCTP ends as well.
talk() {
    local input came=0
    mkfifo input
    "$@" <input >received &
    local talker=$!
    exec {input}>input
    cat small >&$input
    wait_for cmp -s small received || came=1
    exec {input}>&-
    rm input
    ended "$talker" && return $came
}

echoed_by_ncat() {
    theirs 7004 ncat --sctp -l 127.0.0.1 7004 -e /bin/cat || return
    talk connect "$@" 127.0.0.1 7004 && ended "$listener"
}

echoes_ncat() {
    serve --echo --count 1 7005 </dev/null || return
    talk timeout 60 ncat --sctp 127.0.0.1 7005 && ended "$server"
}

lines_to_ncat() {
    theirs 7006 ncat --sctp -l 127.0.0.1 7006 >received <silence || return
    connect --lines --unordered --stream 3 --ppid 46 127.0.0.1 7006 <lines >/dev/null &&
        ended "$listener" && tr -d '\n' <lines | cmp - received
}

# ---- sctp_test ----------------------------------------------------------------------------------

# It sends 20 rounds over its streams, messages of many lengths.
from_sctp_test() {
    serve --discard --count 1 --trace messages 7010 </dev/null || return
    timeout 60 sctp_test -H 127.0.0.1 -P 7110 -h 127.0.0.1 -p 7010 -s "$@" >sctp_test.log 2>&1 || {
        tail -n 5 sctp_test.log
        return 1
    }
    ended "$server" && [ "$(grep -c ' received: ' log)" -ge 20 ]
}

to_sctp_test() {
    theirs 7011 sctp_test -H 127.0.0.1 -P 7011 -l "$@" >sctp_test.log 2>&1 || return
    connect --size 1000 127.0.0.1 7011 <small >/dev/null || return
    wait_for grep -Eq 'SHUTDOWN_COMP|No association' sctp_test.log || { tail sctp_test.log; return 1; }
    kill "$listener"
    wait "$listener"
    [ "$(grep -c 'DATA\|Data' sctp_test.log)" -ge 5 ] || { tail -n 30 sctp_test.log; return 1; }
}

# ---- iperf3 -------------------------------------------------------------------------------------

# Both ends are iperf3; its data goes kernel - listen - connect - kernel.
iperf() {
    timeout 90 iperf3 -s -1 --forceflush -B 127.0.0.1 -p 5201 >iperf.server 2>&1 &
    local iperf_server=$!
    serve --bytes --exec "exec '$SCTPX' connect --bytes --bind 127.0.0.1 \
        --pcap '$dir/pcap/$number-onward-'\$\$.pcap 127.0.0.1 5201" 5201 </dev/null || return
    wait_for grep -q listening iperf.server
    timeout 60 iperf3 --sctp -c 127.0.0.1 -p 5201 -n 4M --json "$@" >iperf.json 2>iperf.err || {
        tail -n 5 iperf.json iperf.err iperf.server log
        kill "$iperf_server" "$server"
        return 1
    }
    kill -TERM "$server"
    wait "$iperf_server"
    wait "$server"
    [ "$(grep -o '"bytes":[^,]*' iperf.json | sort -t: -k2 -n | tail -n 1 | tr -dc 0-9)" -ge 4194304 ]
}

# ---- ping, ends ---------------------------------------------------------------------------------

ping_kernel() {
    theirs 7020 ncat --sctp -l 127.0.0.1 7020 >/dev/null <silence || return
    ours ping --udp-port 9900 -c 3 -i 0.1 127.0.0.1 7020 >ping.log && ended "$listener" &&
        grep -q '3 sent, 3 answered' ping.log
}

nobody_there() {
    connect 127.0.0.1 7021 </dev/null 2>/dev/null
    [ $? -eq 3 ]
}

nobody_here() {
    serve --echo --count 1 7022 </dev/null
    timeout 60 ncat --sctp 127.0.0.1 7023 </dev/null 2>ncat.err
    grep -q refused ncat.err || { cat ncat.err; return 1; }
    kill -TERM "$server"
    ended "$server"
}

run() {
    number=$((number + 1))
    check "$@"
}

run "to an ncat server, bytes" to_ncat --bytes
run "to an ncat server, messages" to_ncat --size 9000
run "from an ncat client, bytes" from_ncat --bytes
run "from an ncat client, messages" from_ncat
run "from an ncat server, bytes" from_ncat_server --bytes
run "from an ncat server, messages" from_ncat_server
run "to an ncat client, bytes" to_ncat_client --bytes
run "to an ncat client, messages" to_ncat_client --size 9000
run "ncat echoes, bytes" echoed_by_ncat --bytes
run "ncat echoes, messages" echoed_by_ncat
run "we echo to ncat" echoes_ncat
run "unordered lines to ncat" lines_to_ncat
run "from sctp_test, ordered" from_sctp_test -x 20 -c 3 -M 10
run "from sctp_test, unordered" from_sctp_test -x 20 -c 2 -M 10 -o 0
run "from sctp_test, one-to-one" from_sctp_test -x 20 -c 4 -T
run "to sctp_test" to_sctp_test
run "to sctp_test, one-to-one" to_sctp_test -T
run "iperf3 to the server" iperf
run "iperf3 from the server" iperf -R
run "iperf3, three associations" iperf -P 3
run "ping" ping_kernel
run "nobody listens there" nobody_there
run "nobody listens here" nobody_here
