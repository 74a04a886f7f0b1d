#!/bin/sh
# SPDX-License-Identifier: MIT
# Each thing that matrix.sh --check is there for is seen: a small tree that passes is spoiled in one
# way after the other.
set -u
matrix=$(cd "$(dirname "$0")" && pwd)/matrix.sh
temporary=$(mktemp -d) || exit 2
trap 'rm -rf "$temporary"' EXIT
tree=$temporary/tree
rows=$tree/tests/conformance/requirements/rfc9260-05.txt
purposes=$tree/tests/conformance/requirements/ts1.txt
sections=$tree/tests/conformance/requirements/sections.txt
test_file=$tree/tests/unit/cookie_test.c
status=0

plant() {
    rm -rf "$tree"
    mkdir -p "$tree/src/engine" "$tree/tests/unit" "$tree/tests/cli" "$tree/bench" "$tree/docs" \
        "$tree/tests/conformance/requirements"
    echo "/* code */" >"$tree/src/engine/cookie.c"
    echo "# Matrix" >"$tree/tests/conformance/requirements/intro.md"
    cat >"$sections" <<END
# comment
9260 | 5 | - | Setting up
9260 | 5.1 | 3 | Cookies
9260 | 5.10 | 1 | Later
7053 | 2 | 1 | Words
ts1 | AS | 2 | Set-up
ts1 | DM | 1 | Twice
END
    cat >"$rows" <<END
5.10-1 | MUST NOT | be late | n/a: nothing is ever late here
5.1-2 | SHOULD x2 | taste < good | differs: tastes better than that
5.1-1 | MUST | be small | src/engine/cookie.c, src/engine/cookie.c
5.1-3 | MAY | be round | src/engine/cookie.c
5-1 | rule | be there | src/engine/cookie.c
END
    echo "2-1 | MUST | speak | src/engine/cookie.c" >"${rows%/*}/rfc7053.txt"
    cat >"$purposes" <<END
DM-O-3-1 | purpose | twice | src/engine/cookie.c
AS-V-1-10 | purpose | up | src/engine/cookie.c
AS-I-1-2 | purpose | not up | src/engine/cookie.c
END
    cat >"$test_file" <<END
/* Nothing here. */
#include "x.h"

/* Small, says the ruler. covers: 9260/5.1-1
 * 9260/5.1-3 */
static void test_small(void **state)
{
}

/*
 * covers: 9260/5.1-1
 * and this is prose.
 */
static void test_smaller(void **state)
{
}
END
    printf '#!/bin/sh\n# covers: 9260/5-1\n' >"$tree/tests/cli/there_test.sh"
    printf '# covers: ts1/AS-V-1-10 ts1/AS-I-1-2 ts1/DM-O-3-1\n' >"$tree/tests/cli/etsi_test.sh"
    printf '/* Speed.\n * covers: 7053/2-1 */\nint main(void)\n' >"$tree/bench/speed.c"
    sh "$matrix" --root "$tree" || fail "writing the matrix of a good tree failed"
}

fail() {
    echo "$*" >&2
    status=1
}

# What the check says of the tree as it is, with further arguments.
check() {
    found=$(sh "$matrix" --root "$tree" --check "$@")
}

expect_good() {
    check "$@" || fail "a good tree was refused ($*): $found"
    [ -z "$found" ] || fail "said of a good tree ($*): $found"
}

# The tree is bad: even with the matrix written anew the check says so in these words, and has no
# more to say than so many lines (1 unless given).
expect_bad() {
    sh "$matrix" --root "$tree"
    check && fail "not seen: $1"
    printf '%s\n' "$found" | grep -qF -- "$1" || fail "expected: $1, was told: $found"
    [ "$(printf '%s\n' "$found" | wc -l)" -eq "${2:-1}" ] || fail "too much about $1: $found"
    plant
}

has_line() {
    grep -qxF -- "$1" "$tree/docs/rfc-matrix.md" || fail "not in the matrix: $1"
}

plant
expect_good
head -n 1 "$tree/docs/rfc-matrix.md" | grep -qx '# Matrix' || fail "the intro is missing"
has_line '### 5 Setting up'
has_line '| 5-1 | rule | be there | `src/engine/cookie.c` | cli.there |'
has_line '| 5.1-1 | MUST | be small | `src/engine/cookie.c`, `src/engine/cookie.c` | unit.cookie `test_small` `test_smaller` |'
has_line '| 5.1-2 | SHOULD x2 | taste &lt; good | differs: tastes better than that | none |'
has_line '| 5.1-3 | MAY | be round | `src/engine/cookie.c` | unit.cookie `test_small` |'
has_line '| 5.10-1 | MUST NOT | be late | n/a: nothing is ever late here | none |'
has_line '| 2-1 | MUST | speak | `src/engine/cookie.c` | `bench/speed.c` |'
has_line '| RFC 9260, 5 Setting up | 5 | 3 | 1 | 1 |'
has_line '| ETSI TS 102 369, AS Set-up | 2 | 2 | 0 | 0 |'
has_line '### AS Set-up'
has_line '| purpose | level | requirement | where | test |'
[ "$(sed -n 's/^| \([A-Z]*-[A-Z]-[0-9-]*\) .*/\1/p' "$tree/docs/rfc-matrix.md" | tr '\n' ' ')" = \
    'AS-I-1-2 AS-V-1-10 DM-O-3-1 ' ] || fail "test purposes are not in order"

sed -i 's/9260\/5.1-3//' "$test_file"
expect_bad 'rfc9260-05.txt:4: 9260/5.1-3 has no test'

sed -i 's/9260\/5.1-3/9260\/5.1-3 9260\/5.1-9/' "$test_file"
expect_bad 'tests/unit/cookie_test.c:5: 9260/5.1-9: no such requirement'

sed -i 's/covers: 9260\/5.1-1$/covers: 9260\/5.1-1 and more/' "$test_file"
expect_bad 'tests/unit/cookie_test.c:4: "and" is not an id such as 9260/5.1.2-3' 4

sed -i 's/Nothing here. /covers: 9260\/5.1-1 /' "$test_file"
expect_bad 'tests/unit/cookie_test.c:1: covers: does not stand above a test'

echo '5.1-3 | MAY | be square | src/engine/cookie.c' >>"$rows"
expect_bad 'rfc9260-05.txt:6: 5.1-3 stands already at rfc9260-05.txt:4'

sed -i 's/round | src\/engine\/cookie.c/round | src\/engine\/crumb.c/' "$rows"
expect_bad 'rfc9260-05.txt:4: 5.1-3: no file src/engine/crumb.c'

sed -i 's/round | src\/engine\/cookie.c/round | not tested yet/' "$rows"
expect_bad 'rfc9260-05.txt:4: 5.1-3: "not tested yet" is neither a source file nor n/a: or differs:'

sed -i 's/n\/a: .*/n\/a: no/' "$rows"
expect_bad 'rfc9260-05.txt:1: 5.10-1: n/a and differs need a reason: "n/a: no"'

sed -i '/^5.10-1/d' "$rows"
expect_bad 'RFC 9260 5.10 (Later), 1 normative words: no requirement'

sed -i 's/SHOULD x2/SHOULD/' "$rows"
expect_bad 'RFC 9260 5.1: the requirements have 2 normative words, the RFC has 3'

sed -i 's/ rule / MUST /' "$rows"
expect_bad 'RFC 9260 5: the requirements have 1 normative words, the RFC has 0'

sed -i 's/SHOULD x2/OUGHT x2/' "$rows"
expect_bad 'rfc9260-05.txt:2: 5.1-2: "OUGHT x2" is not a level'

sed -i 's/| be round//' "$rows"
expect_bad 'rfc9260-05.txt:4: 3 fields, there must be 4' 2

sed -i 's/be round/ /' "$rows"
expect_bad 'rfc9260-05.txt:4: field 3 is blank' 2

sed -i 's/^5-1 /5-one /' "$rows"
expect_bad 'rfc9260-05.txt:5: "5-one" is not an id (section, "-", number)' 2

echo 'C1 | rule | be ours | src/engine/cookie.c' >"${rows%/*}/attacks.txt"
expect_bad 'attacks.txt:1: attacks/C1 has no test'

echo '6-1 | MAY | x | n/a: another chapter' >>"$rows"
expect_bad 'rfc9260-05.txt:6: 6-1 is not of chapter 5' 2

echo '5.7-1 | MAY | x | n/a: no such section' >>"$rows"
expect_bad 'rfc9260-05.txt:6: sections.txt has no section 5.7 of 9260'

sed -i '/^AS-I-1-2/d' "$purposes"
sed -i 's/ts1\/AS-I-1-2//' "$tree/tests/cli/etsi_test.sh"
expect_bad 'ts1 AS: 1 purposes, the document has 2'

sed -i '/^DM/d' "$purposes"
expect_bad 'ts1 DM: 0 purposes, the document has 1' 2

echo 'AT-I-1-3 | purpose | end | src/engine/cookie.c' >>"$purposes"
expect_bad 'ts1.txt:4: sections.txt has no section AT of ts1' 2

sed -i 's/ts1\/DM-O-3-1//' "$tree/tests/cli/etsi_test.sh"
expect_bad 'ts1.txt:1: ts1/DM-O-3-1 has no test'

sed -i 's/twice | .*/twice | n\/a: nobody does that/' "$purposes"
expect_bad 'ts1.txt:1: DM-O-3-1: "n/a: nobody does that" is neither a source file nor n/a: or differs:'

sed -i 's/ purpose | up/ MUST | up/' "$purposes"
expect_bad 'ts1.txt:2: AS-V-1-10: "MUST" is not a level'

sed -i 's/ rule / purpose /' "$rows"
expect_bad 'rfc9260-05.txt:5: 5-1: "purpose" is not a level'

echo 'by hand' >>"$tree/docs/rfc-matrix.md"
check && fail "an edited matrix was not seen"
[ "$found" = 'docs/rfc-matrix.md is not up to date: run sh tests/conformance/matrix.sh' ] ||
    fail "of an edited matrix: $found"

# A part of it: only what belongs there is looked at.
plant
echo 'by hand' >>"$tree/docs/rfc-matrix.md"
sed -i 's/MUST/MAY/' "$rows"
expect_good --only rfc7053
check --only rfc9260-05 && fail "--only saw nothing"
check --only 9260 && fail "--only saw nothing of a document"
plant
sed -i 's/covers: .*/covers: 7053\/2-8 *\//' "$tree/bench/speed.c"
expect_good --only rfc9260
expect_good --only ts1
check --only rfc7053 && fail "--only saw no unknown annotation"

exit $status
