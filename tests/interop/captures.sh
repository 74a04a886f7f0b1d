# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tests that let tshark, an independent decoder, look at captures of ours. Uses $dir, a
# directory of the test's own; what is wrong is told by fail(), which sets $failed.

failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# Numbers of the columns of decode()
checksum=1 malformed=2 length=3 chunk=4 cause=5 stream=6 ppid=7 tag=8 tsn=9 from=10 to=11 window=12 cum_tsn=13 time=14

# decode FILE: writes what counts of every packet, a line each, to FILE.txt. Payload stays bytes,
# whatever its PPID and port promise.
decode() {
    tshark -r "$1" -d udp.port==1-65535,sctp -d sctp.ppi==1-1000,data -d sctp.port==1-65535,data \
        -o sctp.checksum:CRC-32C -T fields -E separator='|' \
        -e sctp.checksum.status -e _ws.malformed -e udp.length -e sctp.chunk_type \
        -e sctp.cause_code -e sctp.data_sid -e sctp.data_payload_proto_id \
        -e sctp.verification_tag -e sctp.data_tsn_raw -e sctp.srcport -e sctp.dstport \
        -e sctp.sack_a_rwnd -e sctp.sack_cumulative_tsn_ack_raw -e frame.time_epoch >"$1.txt" 2>"$dir/stderr" || {
        cat "$dir/stderr"
        fail "tshark cannot read $1"
    }
}

# Bytes that are no SCTP, wrong in themselves or without the right checksum (status 1).
check_sound() {
    local bad
    [ -s "$1.txt" ] || fail "$1: no packets"
    bad=$(awk -F'|' "\$$checksum != 1 || \$$malformed != \"\" { print NR \": \" \$0 }" "$1.txt" |
        head -n 5)
    [ -z "$bad" ] || fail "$1: malformed or with a bad checksum: $bad"
}

# check_has FILE LEAST AWK-CONDITION: one with has(n, x) for "field n lists x".
check_has() {
    local n
    n=$(awk -F'|' "function has(n, x) { return (\",\" \$n \",\") ~ (\",\" x \",\") }
        $3" "$1.txt" | wc -l)
    [ "$n" -ge "$2" ] || fail "$1: $n packets with \"$3\" instead of $2 or more"
}

# How many DATA chunks have a TSN that was there before; tags tell the associations apart. What was
# first sent when the receiver had said that its window has no room for a packet does not count:
# such probes are refused.
retransmissions() {
    awk -F'|' "{ n = split(\$$tsn, list, \",\")
        for (i = 1; i <= n; i++) {
            id = \$$tag \" \" list[i]
            if (seen[id]++)
                again += !is_probe[id]
            else
                is_probe[id] = is_closed[\$$from \" \" \$$to]
        }
        if (\$$window != \"\")
            is_closed[\$$to \" \" \$$from] = \$$window + 0 < 1500 }
        END { print again + 0 }" "$1.txt"
}

# The first TSN that was there before: the packet that had it, and the last ones of its association.
story_of_repeat() {
    awk -F'|' "{ n = split(\$$tsn, list, \",\")
        story[NR] = \$$time \" port \" \$$from \" to \" \$$to \": chunks \" \$$chunk \" TSN \" \$$tsn \\
            \" acknowledged \" \$$cum_tsn \" window \" \$$window
        pair[NR] = \$$from < \$$to ? \$$from \" \" \$$to : \$$to \" \" \$$from
        for (i = 1; i <= n; i++) {
            id = \$$tag \" \" list[i]
            if (id in first)
                exit
            first[id] = NR
        } }
        END { print story[first[id]] \"\\n...\"
            for (k = NR; k > 0 && count < 25; k--)
                if (pair[k] == pair[NR])
                    last[count++] = story[k]
            while (count > 0)
                print last[--count] }" "$1.txt"
}

# Nothing was lost, so nothing may be sent twice.
check_nothing_repeated() {
    local n
    n=$(retransmissions "$1")
    [ "$n" -eq 0 ] && return
    fail "$1: $n retransmissions although nothing was lost"
    story_of_repeat "$1"
}

# check_directory DIRECTORY NAME: all captures in it are sound and without a retransmission.
check_directory() {
    local files=("$1"/*.pcap)
    mergecap -w "$dir/$2.all" "${files[@]}" || fail "no captures in $1"
    decode "$dir/$2.all"
    check_sound "$dir/$2.all"
    check_nothing_repeated "$dir/$2.all"
    echo "$2: ${#files[@]} captures, $(wc -l <"$dir/$2.all.txt") packets"
}
