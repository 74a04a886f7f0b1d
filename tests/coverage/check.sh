#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# check.sh BUILD_DIR: after the tests of the preset "coverage" ran there, prints how much of src/wire
# and src/engine they reached. Fails when that is under 90 % of lines or 80 % of branches, when a
# line that was not reached has no reason in uncovered.txt, or when a reason there is not needed.
set -u -o pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
[ $# -eq 1 ] || { echo "usage: check.sh BUILD_DIR" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
cd "$root" || exit 2

report() {
    gcovr -r . --object-directory "$build" -f src/wire -f src/engine "$@"
}

status=0
summary=$(report --fail-under-line 90 --fail-under-branch 80 -s 2>/dev/null) || status=1
grep -E '^(lines|functions|branches):' <<<"$summary" || { echo "gcovr failed"; exit 1; }
[ $status -eq 0 ] || echo "FAILED: lines must be 90 % and branches 80 % or more"

# "file: text of the line" of every line that was not reached; gcovr lists them as 7,9-12,30.
unreached() {
    report 2>/dev/null | awk '
        $1 ~ /^src\/.*\.[ch]$/ { file = $1 }
        file != "" && $NF ~ /^[0-9][0-9,-]*$/ && $(NF - 1) ~ /%$/ {
            n = split($NF, spans, ",")
            for (i = 1; i <= n; i++) {
                split(spans[i] "-" spans[i], ends, "-")
                for (line = ends[1]; line <= ends[2]; line++)
                    print file, line
            }
        }' | while read -r file line; do
        printf '%s: %s\n' "$file" "$(sed -n "${line}s/^ *//p" "$file")"
    done | grep -v ': }*$' | sort
}

listed=$(mktemp)
found=$(mktemp)
trap 'rm -f "$listed" "$found"' EXIT
sed -n 's/ ## .*//p' "$here/uncovered.txt" | sort -u >"$listed"
unreached | sort -u >"$found"
if ! diff "$listed" "$found" >/dev/null; then
    echo "FAILED: lines not reached (>) and reasons that are not needed (<), see uncovered.txt"
    diff "$listed" "$found" | grep '^[<>]'
    status=1
fi
exit $status
