#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public header compiles by itself, twice included, as strict C11 and as C++17.
#   headers.sh <c compiler> <root>
# shellcheck disable=SC2086
set -u
cc=$1
cd "$2" || exit 1
status=0
warnings='-Wall -Wextra -Wpedantic -Wundef -Werror'
for header in include/sctpx/*.h; do
    name=sctpx/${header##*/}
    text=$(printf '#include <%s>\n#include <%s>\n' "$name" "$name")
    # A file that holds only declarations is what is meant here.
    printf '%s\nextern int used;\n' "$text" |
        "$cc" -std=c11 $warnings -Wstrict-prototypes -Iinclude -fsyntax-only -x c - || status=1
    if command -v c++ >/dev/null; then
        printf '%s\n' "$text" |
            c++ -std=c++17 $warnings -Iinclude -fsyntax-only -x c++ - || status=1
    fi
done
exit $status
