#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# "sctpx connect": what it sends, as the other end sees it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# ---- stream, PPID, unordered ----
serve sink --discard --trace messages
sink=$pid
expect_code 0 sctpx connect --lines --stream 3 --ppid 0x2a --unordered "${peer[@]}" <<<hello
wait_line "$err" 'received: stream 3, ssn 0, ppid 42, 5 bytes, unordered$'
expect_code 0 sctpx connect --lines --ppid 4294967295 "${peer[@]}" <<<hello
wait_line "$err" 'received: stream 0, ssn 0, ppid 4294967295, 5 bytes$'

# ---- messages: lines, pieces, sizes ----
printf 'a\n\nbcd\nend' >"$tmp/in"
expect_code 0 sctpx connect --lines "${peer[@]}" <"$tmp/in"
wait_line "$err" 'ssn 0, ppid 0, 1 bytes$'
wait_line "$err" 'ssn 1, ppid 0, 3 bytes$'
wait_line "$err" 'ssn 2, ppid 0, 3 bytes$'
wait_line "$err" 'ended: sent 0 bytes, received 7,'
expect_code 0 sctpx connect --lines --size 4 "${peer[@]}" <<<123456
wait_line "$err" 'ssn 0, ppid 0, 4 bytes$'
wait_line "$err" 'ssn 1, ppid 0, 2 bytes$'
random "$tmp/in" 40000
expect_code 0 sctpx connect "${peer[@]}" <"$tmp/in"
wait_line "$err" 'ssn 0, ppid 0, 16384 bytes$'
wait_line "$err" 'ssn 1, ppid 0, 16384 bytes$'
wait_line "$err" 'ssn 2, ppid 0, 7232 bytes$'
expect_code 0 sctpx connect --size 30K "${peer[@]}" <"$tmp/in"
wait_line "$err" 'ssn 0, ppid 0, 30720 bytes$'

# ---- streams: both ends have a say ----
expect_code 0 sctpx connect --streams 5 --stream 4 --trace info "${peer[@]}" <<<hello
expect_line "$tmp/last.err" 'connected: streams 5 in, 5 out'
wait_line "$err" 'accepted: streams 5 in, 5 out'
expect_code 0 sctpx connect --trace info "${peer[@]}" </dev/null
expect_line "$tmp/last.err" 'connected: streams 65535 in, 65535 out'
stop "$sink"
serve few --echo --streams 2
expect_code 0 sctpx connect --trace info --streams 7 "${peer[@]}" </dev/null
expect_line "$tmp/last.err" 'connected: streams 2 in, 2 out'
expect_code 1 sctpx connect --stream 2 "${peer[@]}" <<<hello
expect_line "$tmp/last.err" 'no stream 2 in this association \(it has 2\): --stream is too large'
stop "$pid"

# ---- byte mode: a file, and nothing but the file ----
random "$tmp/in" 5000000
serve copy --bytes
expect_code 0 sctpx connect --bytes "${peer[@]}" <"$tmp/in"
ended "$pid" 0
same "$tmp/in" "$tmp/copy.out"

# The mode is local: a message-mode server writes the same bytes.
serve copy
expect_code 0 sctpx connect --bytes "${peer[@]}" <"$tmp/in"
ended "$pid" 0
same "$tmp/in" "$tmp/copy.out"

# ---- --eof wait: goes on receiving when the input has ended ----
typed_input
in_from=$input serve wait --eof close
sctpx connect --eof wait "${peer[@]}" </dev/null >"$tmp/out" 2>"$tmp/client.err" {typing}>&- &
client=$!
echo later >&"$typing"
exec {typing}>&-
ended "$client" 0
ended "$pid" 0
expect_equal "$(cat "$tmp/out")" later

# ---- input that was taken and could not be sent is a failure ----
serve short --lines --exec 'head -n 1 >/dev/null'
mkfifo "$tmp/typed"
sctpx connect --lines "${peer[@]}" <"$tmp/typed" >"$tmp/out" 2>"$tmp/left.err" &
client=$!
exec {typed}>"$tmp/typed"
printf 'one\nhalf a li' >&"$typed"
ended "$client" 1
exec {typed}>&-
expect_line "$tmp/left.err" 'closed the association before all of the input was sent'
stop "$pid"

# ---- names, families, several addresses, a UDP port of its own ----
serve echo --echo
echo_pid=$pid
expect_code 0 sctpx connect -4 --peer-udp-port "$udp" localhost "$port" </dev/null
expect_code 0 sctpx connect --peer-udp-port "$udp" 127.0.0.1 "$port" </dev/null
expect_code 0 sctpx connect --trace info "127.0.0.1:$udp,127.0.0.2:$udp" "$port" </dev/null
expect_code 0 sctpx connect --bind 127.0.0.3 --udp-port 0 --trace packets "${peer[@]}" </dev/null
expect_line "$tmp/last.err" " 127\.0\.0\.3:[0-9]+ > 127\.0\.0\.1:$udp .* INIT\("
stop "$echo_pid"
if grep -q 00000000000000000000000000000001 /proc/net/if_inet6 2>/dev/null; then
    serve_any six listen --echo --count 2 -6 --bind ::1 --udp-port 0 0
    expect_code 0 sctpx connect --lines --linger 0.3 "${peer[@]}" <<<six
    expect_equal "$(cat "$tmp/last.out")" six
    expect_code 0 sctpx connect -6 --peer-udp-port "$udp" ::1 "$port" </dev/null
    ended "$pid" 0
    # Without --bind, one family: the other one finds nothing.
    serve_any only_four listen --echo -4 --udp-port 0 0
    expect_code 0 sctpx connect --peer-udp-port "$udp" 127.0.0.1 "$port" </dev/null
    expect_code 3 sctpx connect --peer-udp-port "$udp" ::1 "$port" </dev/null
    stop "$pid"
fi

# What comes with the messages: stream and PPID, before each line.
serve echo --echo
printf 'one\n\ntwo\n' >"$tmp/in"
expect_code 0 sctpx connect --lines --show-info --linger 0.3 --stream 3 --ppid 42 "${peer[@]}" <"$tmp/in"
expect_equal "$(cat "$tmp/last.out")" $'stream 3, ppid 42: one\nstream 3, ppid 42: two'

# A fixed local SCTP port, and one that is in use.
expect_code 0 sctpx connect --local-port 4711 --trace packets "${peer[@]}" </dev/null
expect_line "$tmp/last.err" " 4711>$port tag 00000000: INIT\("
expect_code 0 sctpx ping -c 1 --local-port 4712 --trace packets "${peer[@]}"
expect_line "$tmp/last.err" " 4712>$port tag 00000000: INIT\("
stop "$pid"

# A fixed local UDP port shows in the packets.
serve fixed --echo
fixed=$pid fixed_peer=("${peer[@]}")
serve other --echo
other_udp=$udp
stop "$pid"
expect_code 0 sctpx connect --udp-port "$other_udp" --trace packets "${fixed_peer[@]}" </dev/null
expect_line "$tmp/last.err" ":$other_udp > 127\.0\.0\.1:[0-9]+ .* INIT\("
stop "$fixed"
echo passed
