# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC1091
# Sourced by tests whose peer is the SCTP of Linux. They run twice: on the host guest_boot() boots
# User-Mode Linux, the kernel as an ordinary program without rights, on the file system of the host,
# and there the same file is sourced by kernel_init.sh, process 1, with $in_guest set. A test says
#
#   if [ -z "${in_guest:-}" ]; then
#       . ".../kernel_guest.sh"
#       guest_boot SECONDS PROGRAM...   what it needs; ends with 77 ("skipped") if it cannot be had
#       ...                             looks at what the guest left in $dir
#       guest_end
#   fi
#   check "this works" command          in the guest
set -u -o pipefail

: "${SCTPX:?}" "${SCTPX_SOURCE_DIR:?}" "${SCTPX_TESTS_BIN:?}"
interop=$SCTPX_SOURCE_DIR/tests/interop
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
. "$interop/captures.sh"

skip() {
    echo "skipped: $*"
    exit 77
}

guest_need() {
    local program
    [ "$(uname -m)" = x86_64 ] || skip "User-Mode Linux is for x86_64"
    for program in linux.uml modprobe ip "${CC:-cc}" "$@"; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || skip "no $program here"
    done
    [ -x "$SCTPX_TESTS_BIN/kernel_peer" ] || skip "built without libusrsctp, kernel_peer as well"
    ! grep -Eqa '__(asan|tsan)_init' "$SCTPX" || skip "sanitizers do not run in User-Mode Linux"
}

# The guest's kernel starts this, with no environment but ours.
write_init() {
    {
        echo '#!/bin/bash'
        printf 'export %s=%q\n' in_guest yes dir "$dir" interop "$interop" script "$1" \
            SCTPX "$SCTPX" SCTPX_SOURCE_DIR "$SCTPX_SOURCE_DIR" SCTPX_TESTS_BIN "$SCTPX_TESTS_BIN"
        # shellcheck disable=SC2016 # for the guest
        echo '. "$interop/kernel_init.sh"'
    } >"$dir/init"
    chmod +x "$dir/init"
}

# Memory is a file of TMPDIR, by default in /dev/shm, which containers keep small.
run_uml() {
    ulimit -c 0
    LD_PRELOAD=$dir/uml_ptrace.so TMPDIR=$dir exec timeout -k 5 "$1" linux.uml mem=384M \
        rootfstype=hostfs rootflags=/ rw init="$dir/init" uml_dir="$dir/" \
        con=null con0=null,fd:1 con1=null quiet </dev/null
}

guest_boot() {
    local seconds=$1
    shift
    guest_need "$@"
    "${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o "$dir/uml_ptrace.so" "$interop/uml_ptrace.c" ||
        skip "the compiler does not work"
    write_init "$(realpath "$0")"
    (run_uml "$seconds") >"$dir/console" 2>&1 || echo "User-Mode Linux ended with $?"
    [ -e "$dir/booted" ] || {
        tail -n 5 "$dir/console"
        skip "User-Mode Linux cannot boot here"
    }
    cat "$dir/output"
    [ -e "$dir/ended" ] || {
        grep -v '^ \[<' "$dir/console" | tail -n 20
        fail "the guest was not done within $seconds s"
    }
    [ ! -e "$dir/failed" ] || failed=1
}

guest_end() {
    exit "$failed"
}
