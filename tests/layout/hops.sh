#!/bin/sh
# SPDX-License-Identifier: MIT
# What the documents say of the tree must be there:
#   - in docs/architecture.md, a function beside a file, `name()` (`path`) or in the next cell of a
#     table, is defined in that file; both hop tables have at most six hops;
#   - each module of src/engine/ (x.c, or its header) is named there;
#   - in docs/*.md, every file of the tree in backquotes exists, and so does every test that is
#     named after its program: unit.x `test_y` (what docs/rfc-matrix.md says beyond that is checked
#     by tests/conformance/matrix.sh);
#   - every exported call has its synopsis in a manual page, and mandoc (if it is there) has no warning.
#   hops.sh [root]
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 1
status=0

fail() {
    echo "$*" >&2
    status=1
}

# Lines "name path", one per function beside a file. Line ends count as spaces.
functions_beside_files() {
    # shellcheck disable=SC2016
    tr '\n' ' ' <docs/architecture.md |
        grep -oE '`[a-z0-9_]+\(\)` *(\||\() *`[a-z0-9_/.]+`' |
        sed -E "s/^.([a-z0-9_]+)\(\). *[|(] *.([a-z0-9_\/.]+).\$/\1 \2/"
}

# A definition: the name at the first level of a line, not a declaration, which ends with ";".
is_defined() {
    awk -v name="$1" '
        in_head && /;[ \t]*$/ { in_head = 0 }
        in_head && /^\{/ { found = 1; exit }
        /^[a-z]/ && index($0, name "(") && !/;[ \t]*$/ { in_head = 1 }
        END { exit !found }' "$2"
}

check_functions() {
    pairs=$(functions_beside_files)
    count=$(printf '%s\n' "$pairs" | grep -c .)
    [ "$count" -ge 50 ] || fail "docs/architecture.md: only $count functions beside a file were found"
    while read -r name path; do
        if [ ! -f "$path" ]; then
            fail "docs/architecture.md: $name(): no file $path"
        elif ! is_defined "$name" "$path"; then
            fail "docs/architecture.md: $name() is not defined in $path"
        fi
    done <<END
$pairs
END
}

check_hops() {
    numbers=$(sed -nE 's/^\| ([0-9]+) \| `.*/\1/p' docs/architecture.md | tr '\n' ' ')
    [ "$numbers" = "1 2 3 4 5 6 1 2 3 4 5 6 " ] ||
        fail "docs/architecture.md: two tables of six hops are expected, found: $numbers"
}

check_modules() {
    for file in src/engine/*.c; do
        grep -qF "\`${file%.c}." docs/architecture.md ||
            fail "docs/architecture.md: nothing says what $file holds"
    done
}

check_files() {
    for document in docs/*.md README.md; do
        # shellcheck disable=SC2016
        grep -oE '`(src|include|tests|cmake|docs|examples|cli|bench)/[A-Za-z0-9_/.-]+`' "$document" |
            tr -d '`' | sort -u | while read -r path; do
            [ -e "$path" ] || echo "$document: no file $path"
        done
    done
}

# The file of a program named as ctest does: C, or a shell script.
file_of() {
    for candidate in "tests/${1%%.*}/${1#*.}"_test.c "tests/${1%%.*}/${1#*.}"_test.sh \
        "tests/${1%%.*}/${1#*.}".sh; do
        [ ! -f "$candidate" ] || break
    done
    echo "$candidate"
}

# Every `test_y` belongs to the last program named before it in its line or paragraph.
check_tests() {
    for document in docs/*.md; do
        # shellcheck disable=SC2016
        grep -oE '(unit|scenario|api|interop|conformance|oom|sim|cli)\.[a-z0-9_]+|`test_[A-Za-z0-9_]+`' "$document" |
            tr -d '`' | {
            file=
            while read -r word; do
                case $word in
                test_*)
                    if [ -z "$file" ]; then
                        echo "$document: $word: of which program?"
                    elif [ -f "$file" ] && ! grep -q "^static void $word(" "$file"; then
                        echo "$document: no $word in $file"
                    fi
                    ;;
                *.x | *_x | *.h | *.md) ;; # a pattern, or the end of a path
                *)
                    file=$(file_of "$word")
                    [ -f "$file" ] || echo "$document: no file $file for $word"
                    ;;
                esac
            done
        }
    done
}

check_manual() {
    while read -r name; do
        grep -qx "\.Fo $name" docs/man/*.3 || fail "docs/man: $name() has no synopsis"
    done <cmake/exports.txt
    command -v mandoc >/dev/null || return
    for page in docs/man/*.3; do
        mandoc -Tlint -W warning "$page" || fail "$page: see above"
    done
}

check_functions
check_hops
check_modules
check_manual
missing=$(check_files; check_tests)
[ -z "$missing" ] || fail "$missing"
exit $status
