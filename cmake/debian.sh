# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Sourced by ./test and ./demo: installs the Debian packages that are not there yet.

packages_build=(build-essential cmake ninja-build pkg-config libssl-dev libuv1-dev libisal-dev libc-ares-dev)
packages_test=(libcmocka-dev libusrsctp-dev libglib2.0-dev tshark procps gcovr valgrind user-mode-linux kmod
    iproute2 iptables lksctp-tools ncat iperf3 doxygen)
packages_clang=(clang libclang-rt-14-dev)

# install_missing package...: does nothing, and needs no rights, when all are there.
install_missing() {
    local package missing=() as_root=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0

    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing packages, and neither root nor sudo here: ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "== Installing: ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends "${missing[@]}"
}
