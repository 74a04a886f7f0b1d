#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What streams reach on simulated links, in a short form. Virtual time: figures are the same on
# every machine, so a bound is missed only by a change of what the engine does. Bounds stand a little
# off what was reached when they were last changed; who makes it better makes them tighter. Rows with
# chance in them are means of three runs: single ones differ twofold. Two streams at 100 ms share
# evenly after some 30 s, of which this sees the first ones.
# ctest: labels=heavy timeout=120
set -u -o pipefail

bench=$SCTPX_BUILD_DIR/bench
[ -x "$bench/sim_link" ] || { echo "built without benches"; exit 77; }

# case | figure | at least or at most
bounds() {
    cat <<'END'
clean, RTT 20 ms, 1400 B | Mbit/s | >= 93
clean, RTT 20 ms, 65536 B | Mbit/s | >= 93
clean, RTT 50 ms, 1400 B | Mbit/s | >= 91
clean, RTT 50 ms, 65536 B | Mbit/s | >= 91
clean, RTT 100 ms, 1400 B | Mbit/s | >= 87
clean, RTT 100 ms, 65536 B | Mbit/s | >= 87
clean, RTT 300 ms, 1400 B | Mbit/s | >= 68
clean, RTT 300 ms, 65536 B | Mbit/s | >= 68
clean, RTT 20 ms, 1400 B | T3 time-outs | <= 0
clean, RTT 50 ms, 1400 B | T3 time-outs | <= 0
clean, RTT 100 ms, 1400 B | T3 time-outs | <= 0
clean, RTT 300 ms, 1400 B | T3 time-outs | <= 0
first 3 s, RTT 20 ms | packets overflowed | <= 50
first 3 s, RTT 50 ms | packets overflowed | <= 50
first 3 s, RTT 100 ms | packets overflowed | <= 50
first 3 s, RTT 100 ms | Mbit/s | >= 70
loss 0.1 %, RTT 20 ms | Mbit/s | >= 30
loss 1.0 %, RTT 20 ms | Mbit/s | >= 8
loss 1.0 % both ways, RTT 20 ms | Mbit/s | >= 7
loss 0.1 %, RTT 50 ms | Mbit/s | >= 17
loss 1.0 %, RTT 50 ms | Mbit/s | >= 4.4
loss 1.0 % both ways, RTT 50 ms | Mbit/s | >= 4
loss 0.1 %, RTT 100 ms | Mbit/s | >= 14
loss 1.0 %, RTT 100 ms | Mbit/s | >= 2.6
2 % late by 5 ms, RTT 20 ms | Mbit/s | >= 91
2 % late by 5 ms, RTT 50 ms | Mbit/s | >= 91
2 % late by 5 ms, RTT 100 ms | Mbit/s | >= 85
two streams, RTT 20 ms | Jain's index | >= 0.95
two streams, RTT 50 ms | Jain's index | >= 0.85
two streams, RTT 100 ms | Jain's index | >= 0.64
two streams, RTT 50 ms | Mbit/s of both | >= 90
warm, nothing lost | RTTs | <= 0.6
warm, last packet lost | RTTs | <= 2.6
warm, last two lost | RTTs | <= 3.6
warm, last half lost | RTTs | <= 3.6
warm, last lost twice | RTTs | <= 26
fresh, last packet lost | RTTs | <= 3.6
END
}

figures=$("$bench/sim_link" --seconds 10 --seeds 3 && "$bench/sim_tail") || exit 1
awk '
    function text(key,    at) {
        at = index($0, "\"" key "\":\"") + length(key) + 4
        return substr($0, at, index(substr($0, at), "\"") - 1)
    }
    function number(key) {
        return substr($0, index($0, "\"" key "\":") + length(key) + 3) + 0
    }
    /^\{/ { value[text("case") " | " text("figure")] = number("value"); next }
    {
        n = split($0, part, " [|] ")
        name = part[1] " | " part[2]
        split(part[3], bound, " ")
        reached = name in value ? value[name] : "not there"
        is_met = bound[1] == ">=" ? reached >= bound[2] + 0 : reached <= bound[2] + 0
        if (n == 3 && name in value && is_met)
            next
        print name " is " reached ", but has to be " part[3]
        failed = 1
    }
    END { exit failed }' <<<"$figures
$(bounds)"
