#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/line_server: commands and answers in lines, however they are cut into messages.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_examples

example line_server 0 0
server=$pid

# ask: its input goes to the server as it is, the answers are compared with the argument.
ask() {
    expect_code 0 sctpx connect --eof wait "127.0.0.1:$udp" "$port"
    expect_equal "$(cat "$tmp/last.out")" "$1"
    wait_line "$err" '^client has left$'
}

ask "$(printf 'ok hello  world\nok cba\nok -1\nok 0\nerror\nerror\nerror\nok \n')" < <(
    printf 'echo hello  world\r\nreverse abc\nsum 1 2 -4\nsum\nsum 1 x\nnonsense\n\necho\n'
    printf 'quit\necho x\n'
)

# Many more answers than are written ahead, to a client that reads them late.
seq 1 200000 | sed 's/^/echo /' >"$tmp/commands"
echo quit >>"$tmp/commands"
expect_code 0 sctpx connect --eof wait "127.0.0.1:$udp" "$port" <"$tmp/commands"
sed -n 's/^echo /ok /p' "$tmp/commands" >"$tmp/expected"
same "$tmp/expected" "$tmp/last.out"
wait_line "$err" '^client has left$'

# The last line has no end: it is no command.
expect_code 0 sctpx connect "127.0.0.1:$udp" "$port" < <(printf 'echo x\necho never')
wait_line "$err" '^client has left: closed by the peer'

# A line that is too long ends the association, with the reason.
head -c 5000 /dev/zero | tr '\0' a >"$tmp/commands"
sctpx connect --eof wait "127.0.0.1:$udp" "$port" <"$tmp/commands" >"$tmp/last.out" 2>"$tmp/last.err" &&
    fail "a line too long was taken"
expect_line "$tmp/last.err" "line too long"
wait_line "$err" '^client has left: '

kill -TERM "$server"
ended "$server" 0
echo passed
