#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the command line takes and refuses, and what it says about itself.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

expect_code 0 sctpx --version
expect_equal "$(head -n 1 "$tmp/last.out")" "sctpx 0.1.0"
expect_code 0 sctpx -V
expect_equal "$(head -n 1 "$tmp/last.out")" "sctpx 0.1.0"

for word in -v version; do
    expect_code 0 sctpx "$word"
    expect_equal "$(cat "$tmp/last.out")" "sctpx 0.1.0"
done

expect_code 0 sctpx --help
cp "$tmp/last.out" "$tmp/help"
expect_code 0 sctpx help
same "$tmp/help" "$tmp/last.out"
expect_code 0 sctpx ping --help
cp "$tmp/last.out" "$tmp/ping"
expect_code 0 sctpx help ping
same "$tmp/ping" "$tmp/last.out"
expect_code 0 sctpx help perf client
expect_line "$tmp/last.out" "^Usage: sctpx perf client "
expect_code 2 sctpx help frobnicate
expect_code 0 sctpx --help
for command in listen connect ping "perf server" "perf client"; do
    expect_line "$tmp/last.out" "^  $command +[A-Z\"]"
done
expect_line "$tmp/last.out" "Exit codes: 0 done"

# Help names every option, whatever else is wrong on the line; it fits in 100 columns.
# shellcheck disable=SC2086
for command in listen connect ping "perf server" "perf client"; do
    expect_code 0 sctpx $command --help --no-such-option
    expect_line "$tmp/last.out" "^Usage: sctpx $command \[OPTION\]\.\.\. (HOST )?PORT$"
    for option in bind udp-port streams mtu pcap trace ipv4 ipv6 timeout help; do
        expect_line "$tmp/last.out" "--$option( |\$)"
    done
    expect_no_line "$tmp/last.out" '^.{101}'
    expect_code 0 sctpx $command -h
done
expect_code 0 sctpx listen --help
for option in echo discard chargen exec bytes lines show-info stream ppid unordered size eof linger count; do
    expect_line "$tmp/last.out" "--$option( |\$)"
done
expect_code 0 sctpx perf client --help
for option in rr setup size streams parallel time amount json interval reverse bidir peer \
    congestion loss peer-udp-port; do
    expect_line "$tmp/last.out" "--$option( |\$)"
done
expect_no_line "$tmp/last.out" "--echo"

# refused COMMAND...: a usage error that says what is wrong and where help is.
refused() {
    expect_code 2 sctpx "$@"
    expect_line "$tmp/last.err" "^sctpx: "
    [ ! -s "$tmp/last.out" ] || fail "output of a usage error"
}

refused
refused frobnicate
refused perf
expect_line "$tmp/last.err" "perf needs server or client"
expect_line "$tmp/last.err" "^  sctpx perf client \[OPTION\]\.\.\. HOST PORT\$"
refused perf frobnicate
expect_line "$tmp/last.err" "perf needs server or client, not frobnicate"
refused perf --frobnicate
refused --frobnicate
expect_line "$tmp/last.err" "^sctpx: unknown option: --frobnicate\$"
refused perf client -Z 127.0.0.1 7
expect_line "$tmp/last.err" "^sctpx: unknown option: -Z\$"
refused listen --backlog 0 7
expect_line "$tmp/last.err" "bad value for --backlog: 0: it takes a number from 1 to 1000000\$"
for words in 'perf --help' 'perf -h' 'help perf'; do
    # shellcheck disable=SC2086
    expect_code 0 sctpx $words
    for half in 'server \[OPTION\]\.\.\.' 'client \[OPTION\]\.\.\. HOST'; do
        expect_line "$tmp/last.out" "^  sctpx perf $half PORT\$"
    done
    expect_no_line "$tmp/last.out" '^.{101}'
done
refused listen
refused listen 1 2
expect_line "$tmp/last.err" "one argument too many: 2"
refused connect
expect_line "$tmp/last.err" "missing: HOST PORT"
refused connect 127.0.0.1
expect_line "$tmp/last.err" "missing: PORT, the SCTP port of 127\.0\.0\.1"
refused connect ::1
expect_line "$tmp/last.err" "missing: PORT, the SCTP port of ::1"
refused ping 7000
expect_line "$tmp/last.err" "missing: HOST, before the SCTP port 7000"
refused connect 127.0.0.1:7000
expect_line "$tmp/last.err" "missing: PORT, the SCTP port, after a blank"
expect_line "$tmp/last.err" "^If 7000 is the SCTP port, write 'sctpx connect 127\.0\.0\.1 7000';\$"
expect_line "$tmp/last.err" "^if 7000 is the UDP port, write 'sctpx connect 127\.0\.0\.1:7000 PORT'\.\$"
refused perf client '[::1]:7000'
expect_line "$tmp/last.err" "write 'sctpx perf client \[::1\] 7000'"
refused connect 127.0.0.1 7 8
refused listen 65536
expect_line "$tmp/last.err" "not an SCTP port: 65536: it is a number from 0 to 65535"
refused listen -- -1
refused listen seven
refused listen 7x
refused connect 127.0.0.1 0
expect_line "$tmp/last.err" "not an SCTP port: 0: it is a number from 1 to 65535"
refused connect 127.0.0.1 ''
refused listen --no-such-option 7
expect_no_line "$tmp/last.err" "did you mean"
refused listen --ehco 7
expect_line "$tmp/last.err" "unknown option: --ehco: did you mean --echo\?"
expect_code 2 sctpx conect 127.0.0.1 7
expect_line "$tmp/last.err" "^sctpx: unknown command: conect: did you mean connect\?"
expect_code 2 sctpx help lsiten
expect_line "$tmp/last.err" "^sctpx: unknown command: lsiten: did you mean listen\?"
expect_code 2 sctpx something 7
expect_line "$tmp/last.err" "^sctpx: unknown command: something\$"
refused connect --stram=3 127.0.0.1 7
expect_line "$tmp/last.err" "did you mean --stream\?"
refused ping --ech 127.0.0.1 7 # an option of another command is none here
expect_no_line "$tmp/last.err" "did you mean"
refused listen --rr 7
refused ping --echo 127.0.0.1 7
refused listen -x 7
refused listen --echo=yes 7
refused listen 7 --exec
refused listen --echo --discard 7
refused listen --echo --exec cat 7
refused perf client --rr --setup 127.0.0.1 7
refused perf client -R --bidir 127.0.0.1 7
expect_line "$tmp/last.err" "only one of these: --rr, --setup, --reverse, --bidir"
refused perf client -R --rr 127.0.0.1 7
refused perf client -R --peer echo 127.0.0.1 7
expect_line "$tmp/last.err" "not possible with --peer: --setup, --reverse, --bidir"
refused perf client --setup --peer echo 127.0.0.1 7
refused perf client --rr --peer chargen 127.0.0.1 7
expect_line "$tmp/last.err" "--rr needs answers: --peer discard, chargen"
refused perf client -R --size 1048577 127.0.0.1 7
expect_line "$tmp/last.err" "at most 1M with --reverse and --bidir: --size"
refused perf client -R -n 4 -P 5 127.0.0.1 7
expect_line "$tmp/last.err" "less than a byte for each association: --amount"
refused perf client -i 0.001 127.0.0.1 7
refused perf client --peer nothing 127.0.0.1 7
expect_line "$tmp/last.err" "it takes one of server, discard, echo, chargen\$"
refused connect --congestion reno 127.0.0.1 7
expect_line "$tmp/last.err" "it takes one of cubic, rfc9260\$"
refused ping --loss sack 127.0.0.1 7
expect_line "$tmp/last.err" "it takes one of rack, rfc9260\$"
refused connect -4 -6 127.0.0.1 7
refused connect --bytes --lines 127.0.0.1 7
refused connect --bytes --stream 1 127.0.0.1 7
refused connect --bytes --streams 1 127.0.0.1 7
refused connect --show-info 127.0.0.1 7
expect_line "$tmp/last.err" "only possible with --lines: --show-info"
refused connect --stream 3 --streams 3 127.0.0.1 7
refused connect -6 127.0.0.1 7
refused connect -4 ::1 7
refused connect '*' 7
refused connect 0.0.0.0 7
refused connect 127.0.0.1,nonsense 7
refused connect '' 7
expect_line "$tmp/last.err" "neither an address"

# bad OPTION VALUE...: values that are refused, by name.
bad() {
    local option=$1 value
    shift
    for value in "$@"; do
        refused connect "$option" "$value" 127.0.0.1 7
        expect_line "$tmp/last.err" "bad value for $option: "
    done
}
bad --bind nonsense localhost 1.2.3 ''
bad --udp-port -1 65536 x ''
bad --peer-udp-port 0 65536
bad --local-port -1 65536
bad --streams 0 65536
bad --mtu 575 65536 1500x
bad --timeout -1 x 1x '' 1e99 nan inf
bad --trace all '' 3
bad --stream 65535 -1
bad --ppid 4294967296 0x100000000 0x
bad --size 0 65M 1X K
bad --eof '' later
bad --linger -1
# What would have been right is told.
refused connect --stream 70000 127.0.0.1 7
expect_line "$tmp/last.err" "--stream: 70000: it takes a number from 0 to 65534"
refused connect --mtu 100 127.0.0.1 7
expect_line "$tmp/last.err" "--mtu: 100: it takes a number from 576 to 65535"
refused connect --size 5X 127.0.0.1 7
expect_line "$tmp/last.err" "--size: 5X: it takes a number from 1 to 67108864, which may end in K, M or G"
refused connect --eof foo 127.0.0.1 7
expect_line "$tmp/last.err" "--eof: foo: it takes one of close, wait\$"
refused connect --trace foo 127.0.0.1 7
expect_line "$tmp/last.err" "it takes one of none, info, messages, packets\$"
refused listen --bind 127.0.0.1 --bind 127.0.0.1 7
expect_line "$tmp/last.err" "--bind: 127\.0\.0\.1: .* each only once"
refused listen --bind=127.0.0.{1,2,3,4,5,6,7,8,9} 7
expect_line "$tmp/last.err" "--bind: 127\.0\.0\.9: .* at most 8"
refused ping -i 0 127.0.0.1 7
expect_line "$tmp/last.err" "--interval: 0: it takes seconds, from 0\.001 to"
expect_code 2 sctpx ping -c 0 127.0.0.1 7
expect_code 2 sctpx ping -i x 127.0.0.1 7
expect_code 2 sctpx perf client -P 0 127.0.0.1 7
expect_code 2 sctpx perf client -n 0 127.0.0.1 7
expect_code 2 sctpx perf client -t 0 127.0.0.1 7

# Output that cannot be written is a failure.
if [ -w /dev/full ]; then
    "$SCTPX" --help >/dev/full 2>"$tmp/last.err" && fail "help to a full device"
    expect_line "$tmp/last.err" "cannot write"
fi
echo passed
