#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# The backend over the kernel's SCTP under valgrind: AddressSanitizer does not run there, since its
# shadow lies beyond the 512 GB that User-Mode Linux has for a process.
# ctest: labels=heavy,long timeout=900
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "$0")/kernel_guest.sh"
    guest_boot 850 valgrind
    guest_end
fi

# Valgrind keeps descriptors, so api_kernel is not among them: it leaves itself none.
run() {
    local status
    env SCTPX_TEST_BACKEND=kernel "${@:2}" timeout 120 valgrind -q --error-exitcode=9 \
        --leak-check=full --errors-for-leak-kinds=definite,possible \
        "$SCTPX_TESTS_BIN/$1" >/run/memcheck 2>&1
    status=$?
    [ $status -eq 0 ] || grep -aE '^==|FAILED|ERROR|error:|never came' /run/memcheck
    return $status
}

for program in api_restart api_outcome api_close api_accept api_incoming api_hand_over api_connect \
    api_qt_descriptor api_read_bytes api_path_options api_statistics api_server api_transaction; do
    check "$program" run "$program"
    check "$program, our clients" run "$program" SCTPX_TEST_PEER_BACKEND=engine
done
