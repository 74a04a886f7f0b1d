#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --trace, --pcap and --mtu.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

serve echo --echo
random "$tmp/in" 20000

# Without it nothing is told.
expect_code 0 sctpx connect "${peer[@]}" <<<quiet
[ ! -s "$tmp/last.err" ] || fail "told: $(cat "$tmp/last.err")"
expect_code 0 sctpx connect --trace none "${peer[@]}" <<<quiet
[ ! -s "$tmp/last.err" ] || fail "told: $(cat "$tmp/last.err")"

time='^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}'
expect_code 0 sctpx connect --trace info --linger 0.2 "${peer[@]}" <<<hello
for what in connecting 'connected: streams 65535 in, 65535 out' closing 'ended: sent 6 bytes, '; do
    expect_line "$tmp/last.err" "$time 127\.0\.0\.1:$udp/$port $what"
done
expect_no_line "$tmp/last.err" 'sent: '

expect_code 0 sctpx connect --trace messages --linger 0.2 "${peer[@]}" <<<hello
expect_line "$tmp/last.err" "$time .* sent: stream 0, ppid 0, 6 bytes\$"
expect_line "$tmp/last.err" "$time .* received: stream 0, ssn 0, ppid 0, 6 bytes\$"

# Every packet is a line, in both directions; the output is not touched by that.
expect_code 0 sctpx connect --trace packets --linger 0.2 "${peer[@]}" <<<hello
expect_equal "$(cat "$tmp/last.out")" hello
for chunk in 'INIT\(tag' 'INIT ACK\(tag' 'COOKIE ECHO' 'COOKIE ACK' 'DATA\(tsn .* 6 bytes B E\)|DATA' \
    'SACK\(cum' 'SHUTDOWN\(cum' 'SHUTDOWN ACK' 'SHUTDOWN COMPLETE'; do
    expect_line "$tmp/last.err" "$time [0-9.]+:[0-9]+ > [0-9.]+:[0-9]+ [0-9]+>[0-9]+ tag .* ($chunk)"
done
expect_no_line "$tmp/last.err" 'bad length'

# ---- pcap, with and without the lines ----
for trace in none packets; do
    expect_code 0 sctpx connect --pcap "$tmp/$trace.pcap" --trace "$trace" "${peer[@]}" <"$tmp/in"
    magic=$(od -An -tx4 -N4 "$tmp/$trace.pcap" | tr -d ' ')
    expect_equal "$magic" a1b2c3d4
    size=$(wc -c <"$tmp/$trace.pcap")
    [ "$size" -gt 20000 ] || fail "the file has only $size bytes"
done
if command -v tshark >/dev/null; then
    # 1 = the checksum is right; no severity = nothing to complain about.
    tshark -r "$tmp/none.pcap" -d "udp.port==$udp,sctp" -o 'sctp.checksum:CRC 32c' \
        -T fields -e sctp.checksum.status -e _ws.malformed >"$tmp/decoded" 2>"$tmp/tshark.err" ||
        fail "tshark"
    [ "$(wc -l <"$tmp/decoded")" -gt 10 ] || fail "too few packets"
    expect_equal "$(sort -u "$tmp/decoded")" "$(printf '1\t')"
fi

# ---- mtu: no packet is longer, and large ones are used ----
# The lengths are in the records of the file: 16 bytes of header each, the third word is the length.
longest() {
    od -An -v -tu4 -w4 -j24 "$1" >/dev/null || fail "no file"
    od -An -v -tu1 -w1 -j24 "$1" | awk '
        { if (left > 0) { left--; next }
          head[n++] = $1
          if (n == 16) {
              left = head[8] + 256 * head[9] + 65536 * head[10]
              if (left > max) max = left
              n = 0
          } }
        END { print max }'
}
for mtu in 576 1500 4000; do
    expect_code 0 sctpx connect --mtu "$mtu" --pcap "$tmp/mtu.pcap" "${peer[@]}" <"$tmp/in"
    max=$(longest "$tmp/mtu.pcap")
    case $mtu in
    4000) [ "$max" -gt 3000 ] && [ "$max" -le 4000 ] ;;
    *) [ "$max" -gt $((mtu - 40)) ] && [ "$max" -le 1500 ] ;;
    esac || fail "longest packet $max with --mtu $mtu"
done
stop "$pid"
serve small --chargen --mtu 576 --pcap "$tmp/small.pcap"
sctpx connect --eof wait "${peer[@]}" </dev/null 2>"$tmp/last.err" | head -c 100000 >/dev/null
stop "$pid"
max=$(longest "$tmp/small.pcap")
[ "$max" -le 576 ] || fail "longest packet $max"
echo passed
