#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# The API suite (tests/support/loopback.h) once more, over raw IP, for both families of addresses.
# Each program has a network of its own: raw sockets see the packets of the whole host.
# ctest: labels=heavy timeout=600
. "$(dirname "${BASH_SOURCE[0]}")/raw_net.sh"

# The program in a new network with nothing but a loopback interface.
run() {
    local status
    SCTPX_TEST_CARRIER=raw SCTPX_TEST_FAMILY=$2 timeout --foreground -k 5 100 unshare --net \
        bash -c 'ip link set lo up && exec "$0"' "$SCTPX_TESTS_BIN/api_$1" >"$dir/suite" 2>&1
    status=$?
    [ $status -ne 77 ] || return 0
    [ $status -eq 0 ] || grep -aE 'FAILED|ERROR|error:|never came' "$dir/suite"
    return $status
}

for source in $(grep -lE '^/\* ctest: labels=[a-z,]*suite' "$SCTPX_SOURCE_DIR"/tests/api/*_test.c); do
    program=$(basename "$source" _test.c)
    [ -x "$SCTPX_TESTS_BIN/api_$program" ] || continue
    check "$program, IPv4" run "$program" 4
    check "$program, IPv6" run "$program" 6
done
exit "$failed"
