#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/file_server and file_client: files over byte streams, and back-pressure both ways.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_examples

mkdir "$tmp/served" "$tmp/got"
random "$tmp/served/big" 20000000
random "$tmp/served/small" 1
: >"$tmp/served/empty"
mkdir "$tmp/served/folder"
ln -s /etc/passwd "$tmp/served/link"

example file_server "$tmp/served" 0 0
cd "$tmp/got" || fail "no folder"
expect_code 0 run file_client 127.0.0.1 "$port" "$udp" small big empty
expect_equal "$(cat "$tmp/last.out")" "$(printf 'small: 1 bytes\nbig: 20000000 bytes\nempty: 0 bytes')"
for name in small big empty; do same "$tmp/served/$name" "$tmp/got/$name"; done

# What it does not give away; the connection goes on all the same.
rm -f small
expect_code 1 run file_client 127.0.0.1 "$port" "$udp" ../served/small .. link folder none small
expect_line "$tmp/last.err" '^\.\./served/small: NO not a name$'
expect_line "$tmp/last.err" '^link: NO no such file$'
expect_line "$tmp/last.err" '^folder: NO not a file$'
expect_line "$tmp/last.err" '^none: NO no such file$'
same "$tmp/served/small" "$tmp/got/small"
[ ! -e link ] || fail "a link led out of the folder"

# Many requests before the first answer is read, by hand.
yes 'GET small' | head -500 | sctpx connect --bytes --eof wait "127.0.0.1:$udp" "$port" \
    >"$tmp/answers" 2>"$tmp/client.err" &
client=$!
started+=("$client")
until [ "$(grep -ac '^OK 1$\|OK 1$' "$tmp/answers" 2>/dev/null)" -ge 1 ]; do
    kill -0 "$client" || fail "the client has ended"
done

# Told to end while it serves: it ends what it has begun.
kill -TERM "$pid"
wait_line "$err" '^[0-9]+ files, [0-9]+ bytes$'
ended "$pid" 0
wait "$client"
forget "$client"
echo passed
