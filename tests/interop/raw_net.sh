# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC1091,SC2034,SC2154
# Sourced by tests over raw IP: two hosts, "a" (10.9.0.1, fd09::1) and "b" (10.9.0.2, fd09::2), each
# a network namespace, joined by a cable. "on a COMMAND..." runs there. Everything is in namespaces
# of the test's own, which end with it; a user without rights may make them as well where the system
# allows that.
set -u -o pipefail

: "${SCTPX:?}" "${SCTPX_SOURCE_DIR:?}" "${SCTPX_TESTS_BIN:?}"

skip() {
    echo "skipped: $*"
    exit 77
}

if [ -z "${in_own_net:-}" ]; then
    for program in ip unshare; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || skip "no $program here"
    done
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root='--user --map-root-user'
    # shellcheck disable=SC2086
    unshare $as_root --net --mount true 2>/dev/null || skip "no network namespaces here"
    # shellcheck disable=SC2086
    in_own_net=yes exec unshare $as_root --net --mount bash "$0" "$@"
fi

PATH=$PATH:/usr/sbin:/sbin
dir=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$dir"' EXIT
. "$SCTPX_SOURCE_DIR/tests/interop/captures.sh"

on() {
    local host=$1
    shift
    ip netns exec "$host" "$@"
}

# The same in a process of its own, for the background: killing it ends the command.
only_on() {
    local host=$1
    shift
    exec ip netns exec "$host" "$@"
}

# Without --foreground timeout also sends SIGCONT, to its whole group: a leak check of the sanitizers
# that is under way then never ends.
limit=(timeout --foreground -k 5 60)

make_hosts() {
    mount -t tmpfs tmpfs /run && ip netns add a && ip netns add b &&
        ip link add cable netns a type veth peer name cable netns b || return
    local n=1 host
    for host in a b; do
        ip -n $host address add 10.9.0.$n/24 dev cable &&
            ip -n $host address add fd09::$n/64 dev cable nodad &&
            ip -n $host link set lo up && ip -n $host link set cable up || return
        n=$((n + 1))
    done
}

make_hosts 2>"$dir/stderr" || skip "no hosts: $(cat "$dir/stderr")"

# wait_for COMMAND...: until it succeeds, for 10 s.
wait_for() {
    local i
    for ((i = 0; i < 500; i++)); do
        "$@" && return 0
        sleep 0.02
    done
    echo "never: $*"
    return 1
}

# serve HOST OPTION... PORT: "sctpx listen --raw" in the background, as $server; it tells in $dir/log.
serve() {
    local host=$1
    shift
    : >"$dir/log"
    only_on "$host" "${limit[@]}" "$SCTPX" listen --raw --trace info "$@" <"${in_from:-/dev/null}" \
        >"$dir/out" 2>"$dir/log" &
    server=$!
    wait_for grep -q '^listening' "$dir/log" || cat "$dir/log"
}

# ended PID [CODE]
ended() {
    local code=0
    wait "$1" || code=$?
    [ $code -eq "${2:-0}" ] || {
        echo "ended with $code"
        tail -n 5 "$dir/log"
        return 1
    }
}

# check NAME COMMAND...: a line for each
check() {
    local name=$1
    shift
    if "$@"; then
        echo "ok      $name"
    else
        fail "$name"
    fi
}

# check_captures: all of $dir/pcap are sound; with how long their longest IP packet is in $longest.
check_captures() {
    local file
    command -v tshark >/dev/null || {
        echo "no tshark here: captures not checked"
        return
    }
    for file in "$dir"/pcap/*.pcap; do
        decode "$file"
        check_sound "$file"
        [ -z "$(tshark -r "$file" -Y udp 2>/dev/null)" ] || fail "$file: UDP"
    done
    echo "$(find "$dir/pcap" -name "*.pcap" | wc -l) captures, $(cat "$dir"/pcap/*.txt | wc -l) packets"
}

# longest FILE: bytes of its longest IP packet
longest() {
    tshark -r "$1" -T fields -e frame.len 2>/dev/null | sort -n | tail -n 1
}

mkdir "$dir/pcap"
head -c 3000000 /dev/urandom >"$dir/big"
seq 1 300 >"$dir/lines"
