#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual pages: that of the command tells every option, command and exit code that it has, and so
# does completion; those of the library tell every call and callback. What they refer to is there.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

page=$SCTPX_SOURCE_DIR/docs/man/sctpx.1
[ -f "$page" ] || fail "there is no $page"
sed 's/\\//g' "$page" >"$tmp/page"

sctpx --help-all >"$tmp/help" || fail "--help-all"
options=$(grep -Eo -- '--[a-z0-9-]+' "$tmp/help" | sort -u)
[ "$(wc -w <<<"$options")" -gt 30 ] || fail "too few options in --help-all: $options"
for option in $options; do
    grep -Eq -- "$option([^a-z0-9-]|\$)" "$tmp/page" || fail "$option is not in the manual page"
done
letters=$(grep -Eo '^  -[a-zA-Z0-9],' "$tmp/help" | grep -o -- '-.' | sort -u)
for letter in $letters; do
    grep -q -- "^.*B $letter\|BR* $letter\|$letter ,\|$letter\"" "$tmp/page" ||
        fail "$letter is not in the manual page"
done
# And no option that there is not.
for option in $(grep -Eo -- '--[a-z][a-z0-9-]+' "$tmp/page" | sort -u); do
    grep -Eq -- "$option( |\$|[^a-z0-9-])" "$tmp/help" || fail "$option is only in the manual page"
done
for command in listen connect ping "perf server" "perf client"; do
    grep -q "sctpx $command" "$tmp/page" || fail "$command is not in the manual page"
done
for code in 0 1 2 3 4 5 6; do
    grep -q "^\.B $code\$" "$tmp/page" || fail "exit code $code is not in the manual page"
done

if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$SCTPX_SOURCE_DIR"/docs/man/*.[13] >"$tmp/lint" ||
        fail "mandoc: $(cat "$tmp/lint")"
elif command -v man >/dev/null; then
    LC_ALL=C man --warnings -l "$page" >/dev/null 2>"$tmp/lint"
    [ ! -s "$tmp/lint" ] || fail "man: $(cat "$tmp/lint")"
fi

# ---- the library ----
cd "$SCTPX_SOURCE_DIR/docs/man" || exit 1
headers=("$SCTPX_SOURCE_DIR"/include/sctpx/*.h)
calls=$(sed -n '/^SCTPX_API/,/;/p' "${headers[@]}" | grep -oE '\bsctpx_[a-z0-9_]+\(' |
    tr -d '(' | sort -u)
[ "$(wc -w <<<"$calls")" -gt 150 ] || fail "too few calls in the headers: $calls"
for call in $calls; do
    grep -Eqx -- "\.Nm $call( ,)?" ./*.3 || fail "$call is in the NAME of no page"
done
# What an application writes: members of structures and named types that are functions. A synopsis
# alone, which is literal text, tells nothing about them.
callbacks=$(grep -hoE '^(typedef|   ) .*\(\*[a-z_]+\)\(' "${headers[@]}" | grep -oE '[a-z_]+\)\($' |
    tr -d '()' | sort -u)
[ "$(wc -w <<<"$callbacks")" -gt 20 ] || fail "too few callbacks in the headers: $callbacks"
for callback in $callbacks; do
    grep -Eq -- "^\.(It )?(Va|Fa|Vt) (.*[ .])?$callback( |\$)" ./*.3 ||
        fail "no page says what $callback is"
done
# Every member of a public structure is in some page.
members=$(cat "${headers[@]}" | sed 's|/\*[^*]*\*/||g' |
    awk '{ code = $0; sub(/\/\*.*/, "", code) }
        comment { if (/\*\//) comment = 0; next }
        /\/\*/ && !/\*\// { comment = 1 }
        code ~ /^typedef struct [a-z_]+ \{/ { inside = 1; next }
        code ~ /^}/ { inside = 0 }
        inside && code ~ /;/ && code !~ /\(\*/ {
            sub(/;.*/, "", code); gsub(/\[[^]]*\]/, "", code); n = split(code, part, ",")
            for (i = 1; i <= n; i++) { m = split(part[i], word, /[ *]+/); print word[m] } }' | sort -u)
[ "$(wc -w <<<"$members")" -gt 140 ] || fail "too few members in the headers: $members"
for member in $members; do
    grep -qw -- "$member" ./*.3 || fail "$member, which a structure has, is in no page"
done
# Other pages that are named are there, and so are calls.
for other in $(sed -nE 's/^\.Xr (sctpx[a-z_]*) ([13]).*/\1.\2/p' ./*.[13] | sort -u); do
    [ -f "$other" ] || fail "$(grep -l "^\.Xr ${other%.*} " ./*) refer to $other, which there is not"
done
for call in $(sed -nE 's/^\.F[no] (sctpx_[a-z0-9_]+)( .*)?$/\1/p' ./*.3 | sort -u); do
    grep -qx -- "$call" <<<"$calls" || fail "there is no $call, of which a page speaks"
done
for this in ./*.3; do
    grep -q '^\.Sh SEE ALSO' "$this" || fail "$this has no SEE ALSO"
done
cd - >/dev/null || exit 1

# ---- completion ----
PATH=$(dirname "$SCTPX"):$PATH
. "$SCTPX_SOURCE_DIR/cli/completion/sctpx.bash"

# completes EXPECTED... -- WORD...: all expected are among what the last word completes to.
completes() {
    local expected=() word
    while [ "$1" != -- ]; do
        expected+=("$1")
        shift
    done
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _sctpx
    for word in "${expected[@]}"; do
        printf '%s\n' "${COMPREPLY[@]}" | grep -qx -- "$word" ||
            fail "'$*' does not complete to $word but to ${COMPREPLY[*]}"
    done
}
completes listen connect ping perf --help --version -- sctpx ''
completes server client -- sctpx perf ''
completes listen connect ping perf -- sctpx help ''
completes client -- sctpx help perf ''
completes listen -- sctpx li
completes --echo --exec --bind --udp-port -- sctpx listen --
completes --json --setup -- sctpx perf client --
completes none info messages packets -- sctpx listen --trace ''
completes server discard echo chargen -- sctpx perf client --peer ''
completes cubic rfc9260 -- sctpx listen --congestion ''
completes rack rfc9260 -- sctpx connect --loss ''
completes --reverse --bidir --interval -- sctpx perf client --
completes close wait -- sctpx connect --eof ''
completes --interval -- sctpx ping --inter
completes --parallel -- sctpx perf client 127.0.0.1 7 --par
expect_equal "$(complete -p sctpx)" "complete -F _sctpx sctpx"
echo passed
