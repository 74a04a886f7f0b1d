#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# The command over raw IP against libusrsctp on raw sockets, on two hosts.
# ctest: timeout=200
[ -x "${SCTPX_TESTS_BIN:?}/usrsctp_peer" ] || { echo "built without libusrsctp"; exit 77; }
. "$(dirname "${BASH_SOURCE[0]}")/raw_net.sh"

# their OPTION...: the peer on b, as $peer; commands go to its input, $say. What it says is in $dir/peer.
their() {
    rm -f "$dir/say"
    mkfifo "$dir/say"
    : >"$dir/peer" # what the last one said is not to be taken for its words
    exec {say}<>"$dir/say"
    only_on b "${limit[@]}" "$SCTPX_TESTS_BIN/usrsctp_peer" "$@" --raw --host 10.9.0.2 \
        --peer-host 10.9.0.1 <"$dir/say" >"$dir/peer" &
    peer=$!
}

they_go() {
    echo quit >&"$say"
    exec {say}>&-
    wait "$peer"
}

connect() {
    on a "${limit[@]}" "$SCTPX" connect --raw --pcap "$dir/pcap/$1.pcap" "${@:2}" 10.9.0.2 7000
}

they_echo() {
    their server --sctp-port 7000 --echo && wait_for grep -q '^ready' "$dir/peer" &&
        connect "$@" --linger 1 <"$dir/small" >"$dir/got" && wait_for grep -q closed "$dir/peer" &&
        they_go && cmp "$dir/small" "$dir/got"
}

# Every message has to be the one that was sent.
they_receive() {
    their server --sctp-port 7000 && wait_for grep -q '^ready' "$dir/peer" &&
        connect bulk --size 30000 --stream 3 --ppid 9 <"$dir/big" && wait_for grep -q closed "$dir/peer" &&
        they_go || return
    [ "$(sed -n 's/^message stream=3 .* ppid=9 .* length=\([0-9]*\) .*/\1/p' "$dir/peer" |
        awk '{ n += $1 } END { print n }')" -eq 3000000 ]
}

they_send() {
    serve a --discard --count 1 --trace messages --pcap "$dir/pcap/they.pcap" 7001 || return
    their client --peer-sctp-port 7001 && wait_for grep -q '^up' "$dir/peer" || return
    echo "send 200 5000 5 9" >&"$say"
    wait_for grep -q '^sent 200' "$dir/peer" && echo shutdown >&"$say" && ended "$server" && they_go &&
        [ "$(grep -c ' received: .*5000' "$dir/log")" -eq 200 ]
}

head -c 300000 "$dir/big" >"$dir/small"
check "they echo" they_echo echo --size 1000
check "they receive" they_receive
check "they send" they_send
check_captures
exit "$failed"
