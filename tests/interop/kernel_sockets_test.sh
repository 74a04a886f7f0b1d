#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# The tests that were made for libusrsctp, with the SCTP of Linux as the peer: its socket API is in
# the hands of kernel_peer. Both run in User-Mode Linux.
# ctest: labels=heavy timeout=200 serial
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "${BASH_SOURCE[0]}")/kernel_guest.sh"
    guest_boot 150 tshark mergecap
    check_directory "$dir/data" data
    check_directory "$dir/end" end
    guest_end
fi

export SCTPX_INTEROP_PEER=kernel_peer

# The tests tell their names themselves.
run() {
    mkdir "$dir/$1"
    SCTPX_PCAP_DIR=$dir/$1 "$SCTPX_TESTS_BIN/interop_usrsctp_$1" 2>&1 | grep -v ' RUN '
}

check "data" run data
check "ends of associations" run end
