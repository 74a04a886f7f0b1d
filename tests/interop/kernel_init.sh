# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC1090,SC2154
# Process 1 of the guest, see kernel_guest.sh. What the test writes is in $dir/output. The kernel's
# SCTP is behind UDP port 9899, that of both 127.0.0.1 and 127.0.0.2.
set -o pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmpfs /run
export TMPDIR=/run
exec </dev/null >"$dir/output" 2>&1

# modprobe looks for lib/modules, where UML's are not.
mkdir -p /run/root/lib
ln -s /usr/lib/uml/modules /run/root/lib/modules

load() {
    local module
    for module in "$@"; do
        modprobe -d /run/root "$module" || return 1
    done
}

# check NAME COMMAND...: a line for each
check() {
    local name=$1
    shift
    if "$@"; then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        touch "$dir/failed"
    fi
}

# With an MTU of 65,536, that of lo, the SCTP of the kernel crawls. Trains of packets must not reach
# lo in one piece. Theirs are lost: this kernel cannot cut what it put into UDP ("gso_max_size" makes
# it send packets one by one). Ours, made by UDP_SEGMENT, make it panic at the checksum of their
# second packet ("gso_max_segs" cuts them before lo). Networks deliver packets one by one.
set_up_lo() {
    ip link set lo mtu 1500 gso_max_segs 1 gso_max_size 1500 up
    # Packets to the second address come from the second one, as they would from a second network.
    ip address add 127.0.0.2/8 dev lo
    ip route replace local 127.0.0.2 dev lo table local proto kernel scope host src 127.0.0.2
    sysctl -q -w net.core.rmem_max=8388608 net.core.wmem_max=8388608 net.sctp.udp_port=9899
}

# Listeners sign their cookies with a MAC: SCTP does not ask for those modules itself.
if load hmac md5 sctp && set_up_lo; then
    touch "$dir/booted"
    . "$script" && touch "$dir/ended"
fi
sync
echo o >/proc/sysrq-trigger
sleep 10
