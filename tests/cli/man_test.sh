#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual page tells every option, command and exit code that the command has; completion too.
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
    mandoc -T lint -W warning "$page" >"$tmp/lint" || fail "mandoc: $(cat "$tmp/lint")"
elif command -v man >/dev/null; then
    LC_ALL=C man --warnings -l "$page" >/dev/null 2>"$tmp/lint"
    [ ! -s "$tmp/lint" ] || fail "man: $(cat "$tmp/lint")"
fi

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
completes close wait -- sctpx connect --eof ''
completes --interval -- sctpx ping --inter
completes --parallel -- sctpx perf client 127.0.0.1 7 --par
expect_equal "$(complete -p sctpx)" "complete -F _sctpx sctpx"
echo passed
