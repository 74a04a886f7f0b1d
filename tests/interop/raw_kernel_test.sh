#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034,SC2154
# The command over raw IP against programs that use the SCTP of Linux, between two network
# namespaces of User-Mode Linux: the kernel's SCTP has the host "a", we have "b".
#
# SCTP of the kernel is in "b" as well, since its module is for all namespaces; it sees our packets
# and aborts what it does not know. A routing rule takes these answers away: the kernel's SCTP tells
# the routing its ports, raw sockets have none.
# ctest: labels=heavy timeout=200 serial
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "${BASH_SOURCE[0]}")/kernel_guest.sh"
    guest_boot 150 ncat sctp_test perl tshark mergecap
    check_directory "$dir/pcap" captures
    guest_end
fi

our_ports=(7001 7002 7003 7101)

# Between two interfaces of one kernel checksums are left out, and trains are not cut.
plain_cable() {
    ip -n "$1" link set cable gso_max_size 1500 gso_max_segs 1 &&
        ip netns exec "$1" perl -MSocket -e 'socket(S, AF_INET, SOCK_DGRAM, 0) or die;
            my $off = pack("LL", 0x17, 0); # ETHTOOL_STXCSUM by SIOCETHTOOL
            ioctl(S, 0x8946, pack("a16P", "cable", $off)) or die $!'
}

make_hosts() {
    load veth && ip netns add a && ip netns add b &&
        ip link add cable netns a type veth peer name cable netns b || return
    local n=1 host
    for host in a b; do
        plain_cable $host && ip -n $host address add 10.9.0.$n/24 dev cable &&
            ip -n $host address add fd09::$n/64 dev cable nodad &&
            ip -n $host link set lo up && ip -n $host link set cable up || return
        n=$((n + 1))
    done
}

# The one thing that a host needs on which SCTP of the kernel is loaded, too.
silence_kernel() {
    local port family
    for port in "${our_ports[@]}"; do
        for family in -4 -6; do
            ip -n b $family rule add ipproto sctp sport "$port" blackhole || return
        done
    done
}

mkdir "$dir/pcap" && cd /run || return
head -c 2000000 /dev/urandom >big
head -c 300000 /dev/urandom >small
mkfifo silence
exec {hold}<>silence # standard input without an end: ncat ends the association with its input
number=0

connect() {
    number=$((number + 1))
    ip netns exec b timeout 60 "$SCTPX" connect --raw --local-port 7101 \
        --pcap "$dir/pcap/$number.pcap" "$@"
}

# serve OPTION... PORT: in the background, as $server; what it says goes to log.
serve() {
    number=$((number + 1))
    : >log
    ip netns exec b timeout 60 "$SCTPX" listen --raw --trace info --pcap "$dir/pcap/$number.pcap" \
        "$@" <&0 2>log &
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
    ip netns exec a awk -v port="$1" '$6 == port { found = 1 } END { exit !found }' \
        /proc/net/sctp/eps
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
    ip netns exec a timeout 60 "$@" <&0 &
    listener=$!
    wait_for is_listening "$port"
}

# one of --bytes, --size N
to_ncat() {
    theirs 7000 ncat --sctp -l "$1" 7000 >received <silence || return
    connect "${@:2}" "$1" 7000 <big >/dev/null && ended "$listener" && cmp big received
}

from_ncat() {
    serve "${@:2}" 7001 >received </dev/null || return
    ip netns exec a timeout 60 ncat --sctp --send-only "$1" 7001 <big && ended "$server" &&
        cmp big received
}

# The input ends only when everything has come back: ncat closes as soon as we do. Not much, for
# "ncat -e" does not always go on when its socket was full (all of ours acknowledged, our window
# open, nothing sent for 18 s).
echoed_by_ncat() {
    theirs 7000 ncat --sctp -l "$1" 7000 -e /bin/cat || return
    head -c 20000 small >part
    rm -f input
    mkfifo input
    connect --bytes "$1" 7000 <input >received &
    local client=$! typing code=0
    exec {typing}>input
    cat part >&$typing
    wait_for cmp -s part received || code=1
    exec {typing}>&-
    ended "$client" || code=1
    kill "$listener" 2>/dev/null # ncat does not always notice that the end has come
    wait "$listener"
    return $code
}

echoes_ncat() {
    serve --echo --count 1 7002 </dev/null || return
    rm -f input
    mkfifo input
    ip netns exec a timeout 60 ncat --sctp "$1" 7002 <input >received &
    local talker=$! typing
    exec {typing}>input
    head -c 5000 small >part
    cat part >&$typing
    wait_for cmp -s part received
    local came=$?
    exec {typing}>&-
    ended "$talker" && ended "$server" && return $came
}

from_sctp_test() {
    serve --discard --count 1 --trace messages 7003 </dev/null || return
    ip netns exec a timeout 60 sctp_test -H 10.9.0.1 -P 7110 -h 10.9.0.2 -p 7003 -s -x 20 -c 3 \
        -M 10 >sctp_test.log 2>&1 || { tail -n 5 sctp_test.log; return 1; }
    ended "$server" && [ "$(grep -c ' received: ' log)" -ge 20 ]
}

refused() {
    connect 10.9.0.1 7777 </dev/null 2>err
    [ $? -eq 3 ] && grep -q 'nothing listens on SCTP port 7777' err || { cat err; return 1; }
}

# Without that rule the kernel here aborts what is ours.
fight() {
    local code=0
    theirs 7000 ncat --sctp -l 10.9.0.1 7000 >/dev/null <silence || return
    ip netns exec b timeout 60 "$SCTPX" connect --raw --local-port 7200 10.9.0.1 7000 <small \
        >/dev/null 2>err || code=$?
    kill "$listener" 2>/dev/null
    [ $code -ne 0 ] || { echo "nobody aborted it"; return 1; }
}

check "two hosts" make_hosts
check "the kernel fights for its ports" fight
check "the kernel lets our ports be" silence_kernel
check "to ncat, bytes" to_ncat 10.9.0.1 --bytes
check "to ncat, messages, IPv6" to_ncat fd09::1 --size 9000
check "from ncat, bytes" from_ncat 10.9.0.2 --bytes
check "from ncat, messages, IPv6" from_ncat fd09::2
check "ncat echoes" echoed_by_ncat 10.9.0.1
check "ncat echoes, IPv6" echoed_by_ncat fd09::1
check "we echo to ncat" echoes_ncat 10.9.0.2
check "we echo to ncat, IPv6" echoes_ncat fd09::2
check "from sctp_test" from_sctp_test
check "nobody listens there" refused
