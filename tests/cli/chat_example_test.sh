#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/chat: three people, who come, speak and leave; the PPID says what a message is.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_examples

example chat serve 0 0
server=$pid server_out=$err

# join NAME: its input is $typing, what it prints is read from $heard.
join() {
    typed_input
    mkfifo "$tmp/$1.out"
    "$examples/chat" join "$1" 127.0.0.1 "$port" "$udp" <"$input" >"$tmp/$1.out" \
        2>"$tmp/$1.err" {typing}>&- &
    pid=$!
    started+=("$pid")
    exec {heard}<"$tmp/$1.out"
    wait_line "$heard" "^\* $1 has come\$"
}

join ann; ann=$pid ann_heard=$heard ann_typing=$typing
join bob; bob=$pid bob_heard=$heard bob_typing=$typing
join cat; cat=$pid cat_heard=$heard cat_typing=$typing
wait_line "$ann_heard" '^\* bob has come$'
wait_line "$ann_heard" '^\* cat has come$'
wait_line "$bob_heard" '^\* cat has come$'

echo "good morning" >&"$ann_typing"
for heard in "$ann_heard" "$bob_heard" "$cat_heard"; do
    wait_line "$heard" '^ann: good morning$'
done
echo "/me waves" >&"$bob_typing"
for heard in "$ann_heard" "$bob_heard" "$cat_heard"; do wait_line "$heard" '^\* bob waves$'; done

# Who is cut off, and who says goodbye, has left.
kill -TERM "$cat" # frees the socket: an ABORT
ended "$cat" 0
wait_line "$ann_heard" '^\* cat has left$'
exec {bob_typing}>&-
ended "$bob" 0
wait_line "$ann_heard" '^\* bob has left$'

# Who sends what is not of the protocol is aborted.
expect_code 5 sctpx connect --lines "127.0.0.1:$udp" "$port" <<<"hello"
expect_line "$tmp/last.err" 'not understood'

kill -TERM "$server"
ended "$server" 0
ended "$ann" 0

# A server that is none: of a text without a name nothing is shown, and nothing steers a terminal.
typed_input
say=$typing
in_from=$input serve evil --lines --streams 2 --stream 1 --ppid 3
mkfifo "$tmp/dora.out"
typed_input
"$examples/chat" join dora 127.0.0.1 "$port" "$udp" <"$input" >"$tmp/dora.out" \
    2>"$tmp/dora.err" {typing}>&- &
dora=$!
started+=("$dora")
exec {heard}<"$tmp/dora.out"
head -c 1057 /dev/zero | tr '\0' A >&"$say"
printf '\ne\033ve \033[2Jhello\n' >&"$say"
IFS= read -r -t 60 line <&"$heard"
expect_equal "$line" "e.ve: .[2Jhello"
kill -TERM "$dora"
ended "$dora" 0
echo passed
