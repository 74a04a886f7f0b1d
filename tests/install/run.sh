#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the build into an empty folder and builds a program against what is there, through
# pkg-config and through find_package(), shared and static, and runs it.
#   run.sh <cmake> <c compiler> <build folder>
set -eu
cmake=$1
cc=$2
build=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

"$cmake" --install "$build" --prefix "$prefix" >"$work/install.log" || {
    cat "$work/install.log"
    exit 1
}
libdir=$(dirname "$(find "$prefix" -name libsctpx.a)")

step() {
    echo "== $*"
}

# Nothing of the build folder or the source may be needed: the program is built elsewhere, and the
# pc file is moved along with its prefix.
mkdir "$work/elsewhere"
mv "$prefix" "$work/moved"
prefix=$work/moved
libdir=$prefix/${libdir#"$work"/prefix/}
cp "$here/consumer.c" "$here/CMakeLists.txt" "$work/elsewhere"
cd "$work/elsewhere"

PKG_CONFIG_PATH=$libdir/pkgconfig
export PKG_CONFIG_PATH

step "documents and their links"
docs=$prefix/share/doc/sctpx
ls "$docs/examples/ten_line_server.c" >/dev/null
for page in "$docs"/*.md "$docs"/docs/*.md; do
    grep -o ']([A-Za-z0-9./_-]*)' "$page" | tr -d '])(' | while read -r link; do
        case $link in
        docs/reference*) ;; # made from the headers, which are installed
        *) [ -e "$(dirname "$page")/$link" ] || { echo "$page: $link"; exit 1; } ;;
        esac
    done
done

step "pkg-config, shared"
# The flags are meant to be split.
# shellcheck disable=SC2046
"$cc" consumer.c -o shared $(pkg-config --cflags --libs sctpx)
LD_LIBRARY_PATH=$libdir ./shared
nm -D shared | grep -q 'U sctpx_version'

step "pkg-config, static"
# shellcheck disable=SC2046
"$cc" $(pkg-config --cflags sctpx) consumer.c -o static \
    $(pkg-config --static --libs sctpx | sed 's/-lsctpx/-l:libsctpx.a/')
./static

# As who copies one builds it: strict C11 says what of the system an example uses without asking.
step "the examples, by hand"
for example in "$docs"/examples/*.c; do
    more=
    if grep -q '<uv\.h>' "$example"; then more=libuv; fi
    if grep -q '<glib\.h>' "$example"; then more=glib-2.0; fi
    # shellcheck disable=SC2086
    pkg-config --exists sctpx $more || continue
    # shellcheck disable=SC2046,SC2086
    "$cc" -std=c11 -Wall -Wextra -Werror "$example" -o by_hand \
        $(pkg-config --cflags --libs sctpx $more) -pthread
done

step "find_package, shared and static"
"$cmake" -S . -B cm -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix" >cmake.log 2>&1 &&
    "$cmake" --build cm >>cmake.log 2>&1 || {
    cat cmake.log
    exit 1
}
cm/consumer_shared
cm/consumer_static

if [ -x "$build/bin/sctpx" ]; then
    step "the command"
    [ "$("$prefix/bin/sctpx" --version | head -n 1)" = "sctpx $(pkg-config --modversion sctpx)" ]
fi
