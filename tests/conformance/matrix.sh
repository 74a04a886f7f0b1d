#!/bin/sh
# SPDX-License-Identifier: MIT
# Which requirement of the RFCs is kept where, and which test shows it: docs/rfc-matrix.md is made
# of tests/conformance/requirements/ and the "covers:" comments of the tests.
#
#   matrix.sh                       write docs/rfc-matrix.md
#   matrix.sh --check               complain about what is missing or wrong; writes nothing
#   matrix.sh --check --only NAME   the same for requirement files that begin so: rfc9260-05, rfc7053
#   --root DIRECTORY                of the tree; default: the one this script stands in
#
# requirements/<document>[-<chapter>].txt has one line for each requirement:
#
#   5.1.2-3 | MUST NOT | what has to hold, in our words | src/engine/handshake_server.c
#   5.1.2-4 | SHOULD x2 | ... | n/a: reason why it cannot be seen or does not concern us
#   5.1.2-5 | MUST | ... | differs: what is done instead, and why
#
# The id is section, "-", number. "xN": the row stands for N normative words. A level "rule" is for
# rules that the RFC gives without such a word. sections.txt says how many words each section has.
#
#   AS-V-1-1-1 | purpose | ...         in ts102369.txt, a document of test purposes
#
# There the id is the purpose's name, the section the group it begins with (AS), and sections.txt
# says how many purposes each group has.
#
# Tests say what they show in the comment directly above them,
#
#   /* covers: 9260/5.1.2-3 9260/5.1.2-4 */
#   static void test_init_ack_leaves_out_private_addresses(void **state)
#
# shell scripts and bench/ in any comment, for the whole file. intro.md is the head of the matrix.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 2
root=$here/../..
check=
only=

while [ $# -gt 0 ]; do
    case $1 in
    --check) check=1 ;;
    --only) only=${2%.txt} && shift ;;
    --root) root=$2 && shift ;;
    *)
        echo "usage: matrix.sh [--check [--only NAME]] [--root DIRECTORY]" >&2
        exit 2
        ;;
    esac
    shift
done
case $only in [0-9]*) only=rfc$only ;; esac

root=$(cd "$root" && pwd) || exit 2
cd "$root" || exit 2
requirements=tests/conformance/requirements
temporary=$(mktemp -d) || exit 2
trap 'rm -rf "$temporary"' EXIT
trap 'exit 2' INT TERM

# No file name here holds a space.
collect_rows() {
    # shellcheck disable=SC2046
    awk -f "$here/matrix_rows.awk" $requirements/sections.txt \
        $(find $requirements -name '*.txt' ! -name sections.txt | sort)
}

collect_covers() {
    # shellcheck disable=SC2046
    awk -f "$here/matrix_covers.awk" /dev/null $(find tests bench \( -path tests/layout/bad \
        -o -path tests/conformance/matrix.sh -o -path tests/conformance/matrix_self_test.sh \) -prune \
        -o \( -name '*_test.c' -o -name '*.sh' -o -path 'bench/*.c' \) -print 2>/dev/null | sort)
}

generate() {
    cat $requirements/intro.md &&
        awk -f "$here/matrix_load.awk" -f "$here/matrix_write.awk" "$temporary/all"
}

# RFC 9260 first, then the others by name; rows by number, tests by name.
{ collect_rows && collect_covers; } >"$temporary/found" || exit 2
{
    grep '^S' "$temporary/found"
    grep '^R	9260	' "$temporary/found" | sort -t '	' -k 3,3
    grep '^R' "$temporary/found" | grep -v '^R	9260	' | sort -t '	' -k 2,3
    grep '^[CE]' "$temporary/found" | sort -t '	' -k 1,5 -u
} >"$temporary/all"

generate >"$temporary/matrix.md" || exit 2
if [ -z "$check" ]; then
    cp "$temporary/matrix.md" docs/rfc-matrix.md
    exit
fi

status=0
awk -v root="$root" -v only="$only" -f "$here/matrix_load.awk" -f "$here/matrix_check.awk" \
    "$temporary/all" || status=1
if [ -z "$only" ] && ! cmp -s "$temporary/matrix.md" docs/rfc-matrix.md; then
    echo "docs/rfc-matrix.md is not up to date: run sh tests/conformance/matrix.sh"
    status=1
fi
exit $status
