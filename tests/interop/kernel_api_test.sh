#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# The tests of servers and sockets once more, over the kernel's SCTP: at both ends, and at one of
# them with our engine at the other. In User-Mode Linux.
# ctest: labels=heavy timeout=700 serial
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "${BASH_SOURCE[0]}")/kernel_guest.sh"
    guest_boot 650
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

for file in "$SCTPX_TESTS_BIN"/api_*; do
    program=${file##*/}
    case $program in
    # Not of a backend, or of the engine alone: its limits, relays of UDP, restarts, name servers.
    api_lookup | api_resolve | api_happy_eyeballs | api_raw | api_endpoint | api_restart | \
        api_beyond_qt_loss | api_soak | api_threads | api_threads_storm | api_post | api_descriptor)
        continue
        ;;
    api_kernel | api_available) # of their own choice
        check "$program" run "$program" "$program"
        continue
        ;;
    esac
    check "kernel to kernel: $program" run "k-$program" "$program" SCTPX_TEST_BACKEND=kernel
    # It sets a limit of 0 on the engine and looks for what the kernel makes of that.
    [ "$program" = api_path_options ] ||
        check "engine to kernel: $program" run "e-$program" "$program" SCTPX_TEST_BACKEND=kernel \
            SCTPX_TEST_PEER_BACKEND=engine
    case $program in
    # Messages longer than the engine's window: a kernel sends one packet for each RTO of 1 s then.
    api_read_line | api_stream) continue ;;
    # They expect of both ends what only a kernel under the server does, or listen on new UDP ports.
    api_connect | api_current_stream | api_error_text | api_hand_over | api_paths | api_wait) continue ;;
    esac
    check "kernel to engine: $program" run "p-$program" "$program" SCTPX_TEST_BACKEND=engine \
        SCTPX_TEST_PEER_BACKEND=kernel
done
