#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# "sctpx perf client -P": when it begins, how it divides an amount, when it ends, and what it says
# when a server does not take all associations.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# member NAME: its values in the JSON objects of $tmp/last.out.
member() {
    grep -Eo "\"$1\": [0-9.]+" "$tmp/last.out" | grep -Eo '[0-9.]+$' | tr '\n' ' '
}

seconds_below() {
    awk "BEGIN { exit !($(member seconds) < $1) }" || fail "it took $(member seconds) s"
}

# ---- a server with a small backlog has them all in the end, and waiting for that is not measured ----
serve_perf small --backlog 50
expect_code 0 sctpx perf client -P 500 -n 500K --json "${peer[@]}"
expect_equal "$(member received_bytes)" '512000 '
expect_code 0 sctpx perf client --rr -P 100 -n 1000 --json "${peer[@]}"
expect_equal "$(member requests)" '1000 '

# ---- equal parts, one unit more or less ----
expect_code 0 sctpx perf client -n 1000001 -P 3 --json "${peer[@]}"
expect_equal "$(grep -Eo '"flows": [^]]*' "$tmp/last.out" | grep -Eo '"sent_bytes": [0-9]+' |
    grep -Eo '[0-9]+' | tr '\n' ' ')" '333334 333334 333333 '
expect_code 0 sctpx perf client --rr -n 2 -P 3 --json "${peer[@]}"
expect_equal "$(grep -Eo '"flows": .*"intervals": ' "$tmp/last.out" |
    grep -Eo '"operations": [0-9]+' | grep -Eo '[0-9]+' | tr '\n' ' ')" '1 1 0 '

# ---- no end waits for a delayed SACK, which takes 200 ms ----
for _ in 1 2 3; do
    expect_code 0 sctpx perf client --bidir -n 3000 --size 1000 --json "${peer[@]}"
    seconds_below 0.15
done

# ---- JSON: nothing that is not measured ----
expect_code 0 sctpx perf client -R -n 1000 --json "${peer[@]}"
expect_no_line "$tmp/last.out" '"operations"|"cwnd_bytes"|"rtt_us"|"latency_us"'
expect_equal "$(member retransmitted_chunks | wc -w)" 1 # the server's
expect_code 0 sctpx perf client -n 1000 --json "${peer[@]}"
expect_no_line "$tmp/last.out" '"operations"|"reverse"|"latency_us"'
expect_equal "$(member received_bytes)" '1000 '
expect_code 0 sctpx perf client --rr -n 10 --json "${peer[@]}"
expect_no_line "$tmp/last.out" '_bytes": 0|"sent_bytes"|"received_bytes"'
expect_code 0 sctpx perf client --setup -n 10 --json "${peer[@]}"
expect_no_line "$tmp/last.out" '"size"|"cwnd_bytes"|"rtt_us"|"sent_bytes"'
stop "$pid"

# More associations than bytes: those without a part end at once.
serve chargen --chargen
expect_code 0 sctpx perf client --peer chargen -n 1 -P 3 --json "${peer[@]}"
stop "$pid"
serve echo --echo
expect_code 0 sctpx perf client --peer echo -n 1 -P 3 --json "${peer[@]}"
stop "$pid"

# ---- one that takes no more: one is being served, one is in the backlog ----
serve full --count 50 --backlog 1
expect_code 4 sctpx perf client --peer discard -P 40 -n 40K --timeout 1 "${peer[@]}"
expect_line "$tmp/last.err" '^sctpx: [1-9] of 40 associations are up, but then the server did not answer'
expect_line "$tmp/last.err" 'Raise its backlog \(--backlog of sctpx listen'
[ ! -s "$tmp/last.out" ] || fail "figures of what was not measured"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
forget "$pid"
echo passed
