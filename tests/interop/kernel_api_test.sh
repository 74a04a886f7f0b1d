#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# The tests of servers and sockets once more, over the kernel's SCTP: at both ends, and at one of
# them with our engine at the other. In User-Mode Linux.
# ctest: labels=heavy timeout=400 serial
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "${BASH_SOURCE[0]}")/kernel_guest.sh"
    guest_boot "${KERNEL_API_SECONDS:-350}"
    guest_end
fi

# run NAME PROGRAM [VARIABLE=VALUE...]: the failures and the last line, which counts
run() {
    local name=$1 program=$2 status
    shift 2
    env "$@" timeout 60 "$SCTPX_TESTS_BIN/$program" >"/run/$name" 2>&1
    status=$?
    [ $status -ne 77 ] || return 0
    [ $status -eq 0 ] || grep -aE 'FAILED|ERROR|error:|never came' "/run/$name"
    return $status
}

programs=${KERNEL_API_PROGRAMS:-}
[ -n "$programs" ] || programs=$(cd "$SCTPX_TESTS_BIN" && echo api_*)

for program in $programs; do
    case $program in
    api_lookup | api_resolve | api_raw | api_soak | api_threads_storm) continue ;; # no backend in them
    esac
    check "kernel to kernel: $program" run "k-$program" "$program" SCTPX_TEST_BACKEND=kernel
    check "engine to kernel: $program" run "e-$program" "$program" SCTPX_TEST_BACKEND=kernel \
        SCTPX_TEST_PEER_BACKEND=engine
    check "kernel to engine: $program" run "p-$program" "$program" SCTPX_TEST_BACKEND=engine \
        SCTPX_TEST_PEER_BACKEND=kernel
done
