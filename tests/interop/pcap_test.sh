#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# Packets of associations with libusrsctp as tshark, an independent decoder, sees them: none is
# malformed, every checksum is right, and what should have happened is there.
# ctest: timeout=300
set -u -o pipefail

command -v tshark >/dev/null || { echo "no tshark here"; exit 77; }
data=$SCTPX_TESTS_BIN/interop_usrsctp_data
end=$SCTPX_TESTS_BIN/interop_usrsctp_end
[ -x "$data" ] && [ -x "$end" ] || { echo "built without libusrsctp"; exit 77; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "$(dirname "${BASH_SOURCE[0]}")/captures.sh"

# record NAME PROGRAM TEST: one file for each role.
record() {
    mkdir "$dir/$1"
    SCTPX_PCAP_DIR=$dir/$1 "$2" "$3" >"$dir/$1.log" 2>&1 || {
        cat "$dir/$1.log"
        fail "$3"
    }
    local files
    files=$(find "$dir/$1" -name '*.pcap' | wc -l)
    [ "$files" -ge 1 ] || fail "$1: no capture"
}

record echo "$data" '*test_echo_of_small*'
record streams "$data" '*test_ten_streams*'
record jumbo "$data" '*test_jumbo_packets*'
record abort "$end" '*test_we_abort*'
record shutdown "$end" '*test_we_shut_down*'
record restart "$end" '*test_peer_restarts*'

for file in "$dir"/*/*.pcap; do
    decode "$file"
    check_sound "$file"
    for type in 1 2 10 11; do # INIT, INIT ACK, COOKIE ECHO, COOKIE ACK
        check_has "$file" 1 "has($chunk, $type)"
    done
done
# With more at once the UDP socket of libusrsctp overflows.
for file in "$dir"/{echo,abort,restart}/*.pcap; do
    check_nothing_repeated "$file"
done
for file in "$dir"/streams/*.pcap; do
    check_has "$file" 10 "has($stream, \"0x0009\") && has($ppid, 9)"
    check_has "$file" 10 "has($chunk, 3)"
done
for file in "$dir"/jumbo/*.pcap; do
    check_has "$file" 1 "\$$length > 8000"
done
for file in "$dir"/abort/*.pcap; do
    check_has "$file" 1 "has($cause, \"0x000c\")"
done
for file in "$dir"/shutdown/*.pcap; do
    for type in 7 8 14; do # SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE
        check_has "$file" 1 "has($chunk, $type)"
    done
done
for file in "$dir"/restart/*.pcap; do
    check_has "$file" 2 "has($chunk, 10)"
done

[ "$failed" -eq 0 ] && echo "$(find "$dir" -name '*.pcap' | wc -l) captures are sound"
exit "$failed"
