#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2154
# Two addresses on both sides, of which one goes and comes back: with the SCTP of Linux, and with
# libusrsctp, in User-Mode Linux, where we may have addresses and drop packets.
# ctest: labels=heavy timeout=300 serial
if [ -z "${in_guest:-}" ]; then
    . "$(dirname "${BASH_SOURCE[0]}")/kernel_guest.sh"
    guest_boot 240 iptables-legacy tshark mergecap
    for file in "$dir"/{kernel,usrsctp}/*.pcap; do
        decode "$file"
        check_sound "$file"
        case $file in
        */usrsctp/[01].pcap) ;; # its UDP socket overflows: it does not say how often
        *[01].pcap) check_nothing_repeated "$file" ;; # the two without a loss
        *) [ "$(retransmissions "$file")" -gt 0 ] || fail "$file: a loss without a retransmission" ;;
        esac
    done
    guest_end
fi

load iptable_filter
export SCTPX_INTEROP_FILTER=iptables-legacy

run() {
    mkdir "$dir/$1"
    SCTPX_PCAP_DIR=$dir/$1 SCTPX_INTEROP_PEER=$1_peer "$SCTPX_TESTS_BIN/interop_multihoming" 2>&1 |
        grep -v ' RUN '
}

check "two addresses, Linux" run kernel
check "two addresses, libusrsctp" run usrsctp
