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

# Each: PROGRAM FAMILY
kernel_to_kernel() {
    check "kernel to kernel, IPv$2: $1" run "k-$1" "$1" SCTPX_TEST_FAMILY="$2" \
        SCTPX_TEST_BACKEND=kernel
}

engine_to_kernel() {
    check "engine to kernel, IPv$2: $1" run "e-$1" "$1" SCTPX_TEST_FAMILY="$2" \
        SCTPX_TEST_BACKEND=kernel SCTPX_TEST_PEER_BACKEND=engine
}

kernel_to_engine() {
    check "kernel to engine, IPv$2: $1" run "p-$1" "$1" SCTPX_TEST_FAMILY="$2" \
        SCTPX_TEST_BACKEND=engine SCTPX_TEST_PEER_BACKEND=kernel
}

is_left_out() {
    [ "$family" = 6 ] || return
    case $1 in
    # Long, and about bytes: the family of addresses makes no difference.
    api_callback | api_beyond_qt_size | api_read_line | api_stream) return ;;
    esac
    # Not of the suite: for IPv4 only.
    ! grep -Eq 'ctest: .*suite' "$SCTPX_SOURCE_DIR/tests/api/${1#api_}_test.c"
}

for file in "$SCTPX_TESTS_BIN"/api_*; do
    program=${file##*/}
    case $program in
    # Not of a backend, or of the engine alone: its limits, relays of UDP, name servers, threads.
    api_lookup | api_resolve | api_happy_eyeballs | api_hostile_dns | api_hostile_wire | api_raw | \
        api_endpoint | api_beyond_qt_loss | api_soak | api_walk | api_threads | api_threads_storm | \
        api_hand_over_storm | api_fork | api_post | api_descriptor)
        continue
        ;;
    api_kernel | api_available) # of their own choice
        [[ " $modes " != *" kernel_to_kernel "* ]] || check "$program" run "$program" "$program"
        continue
        ;;
    esac
    for mode in $modes; do
        for family in 4 6; do
            is_left_out "$program" || "$mode" "$program" "$family"
        done
    done
done
