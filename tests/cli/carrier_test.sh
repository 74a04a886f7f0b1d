#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154
# What carries the associations: --fd, --systemd, --dscp, --backend, and ports by name. --raw has
# tests of its own in tests/interop.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# ---- values ---------------------------------------------------------------------------------------

refused() {
    expect_code 2 sctpx "$@"
    expect_line "$tmp/last.err" "^sctpx: "
}

for value in -1 64 af44 ef2 ''; do
    refused connect --dscp "$value" 127.0.0.1 7
    expect_line "$tmp/last.err" "bad value for --dscp: .*: it takes a number from 0 to 63, or a name"
done
refused connect --backend best 127.0.0.1 7
expect_line "$tmp/last.err" "one of engine, kernel, auto"
refused listen --raw --udp-port 9899 7
expect_line "$tmp/last.err" "not possible with --raw: --udp-port, --peer-udp-port"
refused connect --raw --peer-udp-port 9899 127.0.0.1 7
refused listen --only-stack 7
expect_line "$tmp/last.err" "only possible with --raw: --only-stack"
refused listen --fd 3 --bind 127.0.0.1 7
refused listen --fd 3 --systemd 7
refused listen --systemd --udp-port 0 7
refused connect --fd 3 127.0.0.1 7
refused listen no-such-service
expect_line "$tmp/last.err" "not an SCTP port: no-such-service: .* or a name in /etc/services"

# ---- ports by name --------------------------------------------------------------------------------

if getent services discard/tcp >/dev/null; then
    serve_any named listen --bind 127.0.0.1 --udp-port 0 --discard --count 1 --dscp af41 discard
    expect_equal "$port" 9
    named=$pid
    expect_code 0 sctpx connect --dscp EF "127.0.0.1:$udp" discard
    ended "$named" 0
fi

# ---- descriptors ----------------------------------------------------------------------------------

command -v python3 >/dev/null || skip "no python3 to bind sockets with"

# bound FD ENVIRONMENT... -- ARGUMENT...: runs the command with a bound UDP socket as this descriptor.
cat >"$tmp/bound.py" <<'END'
import os, socket, sys
fd, rest = int(sys.argv[1]), sys.argv[2:]
split = rest.index("--")
udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
udp.bind(("::", 0))
if udp.fileno() != fd:
    os.dup2(udp.fileno(), fd)
os.set_inheritable(fd, True)
for variable in rest[:split]:
    name, value = variable.split("=")
    os.environ[name] = value.replace("PID", str(os.getpid()))
os.execv(rest[split + 1], rest[split + 1:])
END

# Sets $peer from the port that it tells.
serve_bound() {
    start bound python3 "$tmp/bound.py" "$@"
    wait_line "$err" '^listening on SCTP port ([0-9]+), UDP \[::\]:([0-9]+), 0\.0\.0\.0:[0-9]+$'
    peer=("127.0.0.1:${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}")
    peer6=("[::1]:${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}")
}

echoes() {
    expect_equal "$(echo hello | sctpx connect --lines --linger 0.3 "$@")" hello
}

serve_bound 7 -- "$SCTPX" listen --fd 7 --echo --count 2 0
echoes "${peer[@]}"
echoes "${peer6[@]}"
ended "$pid" 0

serve_bound 3 LISTEN_PID=PID LISTEN_FDS=1 -- "$SCTPX" listen --systemd \
    --exec 'env | grep LISTEN_; echo none' --count 1 0
expect_equal "$(sctpx connect --eof wait "${peer[@]}" </dev/null)" none
ended "$pid" 0

expect_code 1 sctpx listen --fd 77 7
expect_line "$tmp/last.err" "cannot listen on the descriptors"
expect_code 1 sctpx listen --systemd 7
expect_line "$tmp/last.err" "not started by a \.socket unit"
expect_code 1 env LISTEN_PID=1 LISTEN_FDS=1 "$SCTPX" listen --systemd 7
echo passed
