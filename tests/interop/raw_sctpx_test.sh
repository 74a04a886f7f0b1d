#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# The command over raw IP against itself, between two hosts and on one.
# ctest: timeout=200
. "$(dirname "${BASH_SOURCE[0]}")/raw_net.sh"

number=0
connect() {
    number=$((number + 1))
    on a "${limit[@]}" "$SCTPX" connect --raw --pcap "$dir/pcap/$number.pcap" "$@"
}

echoes() {
    serve b --echo --count 1 7 || return
    connect --lines --linger 0.3 "$1" 7 <"$dir/lines" >"$dir/got" && ended "$server" &&
        cmp "$dir/lines" "$dir/got"
}

# Packets are as long as an MTU of 1500 lets them be, without UDP.
bulk() {
    serve b "$2" 7 || return
    connect "$2" "$1" 7 <"$dir/big" && ended "$server" && cmp "$dir/big" "$dir/out" || return
    command -v tshark >/dev/null || return 0
    [ "$(longest "$dir/pcap/$number.pcap")" -eq "$3" ] || {
        echo "longest packet: $(longest "$dir/pcap/$number.pcap")"
        return 1
    }
}

# The second server on the host gets all packets as well, and lets them be.
beside_another() {
    only_on b "${limit[@]}" "$SCTPX" listen --raw --echo 9 2>"$dir/other" &
    local other=$!
    wait_for grep -q '^listening' "$dir/other" && echoes 10.9.0.2 && kill "$other"
}

# The port belongs to the first one, whatever ends it: here it is killed.
second_on_the_port() {
    local code=0
    only_on b "${limit[@]}" "$SCTPX" listen --raw --echo 7 2>"$dir/other" &
    local other=$!
    wait_for grep -q '^listening' "$dir/other" || return
    on b "${limit[@]}" "$SCTPX" listen --raw --echo --bind 10.9.0.2 7 2>"$dir/stderr" || code=$?
    { [ $code -ne 0 ] && [ $code -lt 124 ] && grep -q 'SCTP port 7: .*in use' "$dir/stderr"; } || {
        echo "ended with $code: $(cat "$dir/stderr")"
        return 1
    }
    kill "$other"
    wait "$other"
    echoes 10.9.0.2
}

nobody_there() {
    local code=0
    connect 10.9.0.2 7 </dev/null 2>"$dir/stderr" || code=$?
    [ $code -eq 3 ] && grep -q 'protocol unreachable' "$dir/stderr" || {
        echo "ended with $code: $(cat "$dir/stderr")"
        return 1
    }
}

# With other SCTP about a closed port is silent, else it refuses.
closed_port() {
    local code=0
    serve b --echo "${@:2}" 8 || return
    connect --timeout 1 10.9.0.2 7 </dev/null 2>"$dir/stderr" || code=$?
    kill "$server"
    wait "$server"
    [ $code -eq "$1" ] || {
        echo "ended with $code"
        return 1
    }
}

without_the_right() {
    local code=0
    on a setpriv --bounding-set -all --inh-caps -all --reuid 65534 --clear-groups \
        "$SCTPX" connect --raw 10.9.0.2 7 </dev/null 2>"$dir/stderr" || code=$?
    [ $code -eq 1 ] && grep -q 'needs the capability CAP_NET_RAW' "$dir/stderr" || {
        echo "ended with $code: $(cat "$dir/stderr")"
        return 1
    }
}

perf() {
    only_on b "${limit[@]}" "$SCTPX" perf server --raw --count 1 5 2>"$dir/log" &
    server=$!
    wait_for grep -q '^listening' "$dir/log" &&
        on a "${limit[@]}" "$SCTPX" perf client --raw --dscp ef -n 20M 10.9.0.2 5 >"$dir/out" &&
        ended "$server"
}

pings() {
    serve b --discard --count 1 7 || return
    on a "${limit[@]}" "$SCTPX" ping --raw -c 2 -i 0.1 fd09::2 7 >"$dir/out" &&
        grep -q '2 sent, 2 answered' "$dir/out" && ended "$server"
}

check "echo, IPv4" echoes 10.9.0.2
check "echo, IPv6" echoes fd09::2
check "bulk, IPv4" bulk 10.9.0.2 --bytes 1500
check "bulk, IPv6" bulk fd09::2 --bytes 1500
check "two servers on a host" beside_another
check "a second server on the port" second_on_the_port
check "ping" pings
check "perf" perf
check "a host without SCTP" nobody_there
check "a closed port is left to others" closed_port 4
check "a closed port of the only stack" closed_port 3 --only-stack
[ "$(id -u)" -ne 0 ] || [ ! -x "$(command -v setpriv)" ] || [ ! -r "$SCTPX" ] ||
    check "without the right" without_the_right
check_captures
exit "$failed"
