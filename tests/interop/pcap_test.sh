#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
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
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# decode FILE: writes what counts of every packet, a line each, to FILE.txt.
decode() {
    tshark -r "$1" -d udp.port==1-65535,sctp -o sctp.checksum:CRC-32C -T fields -E separator='|' \
        -e sctp.checksum.status -e _ws.malformed -e udp.length -e sctp.chunk_type \
        -e sctp.cause_code -e sctp.data_sid -e sctp.data_payload_proto_id \
        >"$1.txt" 2>"$dir/stderr" || {
        cat "$dir/stderr"
        fail "tshark cannot read $1"
    }
}

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

# Bytes that are no SCTP, wrong in themselves or without the right checksum (status 1).
check_sound() {
    local bad
    bad=$(awk -F'|' '$1 != 1 || $2 != "" { print NR ": " $0 }' "$1.txt" | head -n 5)
    [ -z "$bad" ] || fail "$1: malformed or with a bad checksum: $bad"
}

# check_has FILE LEAST AWK-CONDITION: one with has(n, x) for "field n lists x".
check_has() {
    local n
    n=$(awk -F'|' "function has(n, x) { return (\",\" \$n \",\") ~ (\",\" x \",\") }
        $3" "$1.txt" | wc -l)
    [ "$n" -ge "$2" ] || fail "$1: $n packets with \"$3\" instead of $2 or more"
}

record echo "$data" '*test_echo_of_small*'
record streams "$data" '*test_ten_streams*'
record jumbo "$data" '*test_jumbo_packets*'
record abort "$end" '*test_we_abort*'
record shutdown "$end" '*test_we_shut_down*'
record restart "$end" '*test_peer_restarts*'

length=3 chunk=4 cause=5 stream=6 ppid=7
for file in "$dir"/*/*.pcap; do
    decode "$file"
    check_sound "$file"
    for type in 1 2 10 11; do # INIT, INIT ACK, COOKIE ECHO, COOKIE ACK
        check_has "$file" 1 "has($chunk, $type)"
    done
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

[ $failed -eq 0 ] && echo "$(find "$dir" -name '*.pcap' | wc -l) captures are sound"
exit $failed
