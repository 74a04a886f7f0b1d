# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC1091,SC2154
# Sourced by kernel_api_*_test.sh: the tests of servers and sockets once more, over the kernel's
# SCTP, in User-Mode Linux. $modes says which: functions of this file.
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "${BASH_SOURCE[0]}")/kernel_guest.sh"
    guest_boot "${KERNEL_API_SECONDS:-650}"
    guest_end
fi

# run NAME PROGRAM [VARIABLE=VALUE...]: the failures and the last line, which counts
run() {
    local name=$1 program=$2 status begun=$SECONDS
    shift 2
    env "$@" timeout 60 "$SCTPX_TESTS_BIN/$program" >"/run/$name" 2>&1
    status=$?
    [ $((SECONDS - begun)) -lt 10 ] || echo "slow: $((SECONDS - begun)) s"
    [ $status -ne 77 ] || return 0
    [ $status -eq 0 ] || grep -aE 'FAILED|ERROR|error:|never came' "/run/$name"
    return $status
}

kernel_to_kernel() {
    check "kernel to kernel: $1" run "k-$1" "$1" SCTPX_TEST_BACKEND=kernel
}

engine_to_kernel() {
    # It sets a limit of 0 on the engine and looks for what the kernel makes of that.
    [ "$1" = api_path_options ] ||
        check "engine to kernel: $1" run "e-$1" "$1" SCTPX_TEST_BACKEND=kernel \
            SCTPX_TEST_PEER_BACKEND=engine
}

kernel_to_engine() {
    case $1 in
    # Messages longer than the engine's window: a kernel sends one packet for each RTO of 1 s then.
    api_read_line | api_stream) return ;;
    # They expect of both ends what only a kernel under the server does, or listen on new UDP ports.
    api_connect | api_current_stream | api_error_text | api_hand_over | api_paths | api_wait) return ;;
    esac
    check "kernel to engine: $1" run "p-$1" "$1" SCTPX_TEST_BACKEND=engine \
        SCTPX_TEST_PEER_BACKEND=kernel
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
        [[ " $modes " != *" kernel_to_kernel "* ]] || check "$program" run "$program" "$program"
        continue
        ;;
    esac
    for mode in $modes; do "$mode" "$program"; done
done
