#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# No buffer looks like loss: on the loopback nothing is sent again, whatever the length of messages,
# the sockets' buffers and the receive buffer are, with trains and packet by packet.
# ctest: labels=heavy timeout=120 serial
set -u -o pipefail

bench=$SCTPX_BUILD_DIR/bench/buffers
[ -x "$bench" ] || { echo "built without benches"; exit 77; }

none_again() {
    local figures
    figures=$(timeout 60 "$bench" --seconds 0.05 "$@") || return 1
    awk -F'"' '$12 == "retransmitted chunks" {
        cases++
        sub(/^.*"value":/, "")
        again += $0
    }
    END { exit again > 0 || cases != 15 }' <<<"$figures"
}

for plain in "" --plain; do
    for try in 1 2 3; do # a machine that stands still may let a probe out
        none_again $plain && continue 2
        echo "try $try failed"
    done
    exit 1
done
