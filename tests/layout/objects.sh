#!/bin/sh
# SPDX-License-Identifier: MIT
# Looks into compiled objects for what the text of the sources may hide (macros, generated code).
#
#   objects.sh pure object...  base, wire, engine: also no variable that can change, no allocator,
#                              clock, randomness or output
#   objects.sh any object...   every part of the library: never prints, never exits
set -u
kind=$1
shift
[ $# -gt 0 ] || exit 0

never='exit|_exit|_Exit|quick_exit|abort|printf|puts|putchar|perror|stdout|stderr'
never_pure="malloc|calloc|realloc|free|posix_memalign|aligned_alloc|strdup|clock_gettime"
never_pure="$never_pure|gettimeofday|time|rand|random|srand|getrandom|getentropy|fprintf|snprintf"
never_pure="$never_pure|vsnprintf|sprintf|fwrite|fputs|socket|sendmsg|recvmsg|getenv"

status=0
for object in "$@"; do
    names=$never
    [ "$kind" = pure ] && names="$never|$never_pure"
    calls=$(nm -u "$object" | awk '{ sub(/@.*/, "", $2); print $2 }' | grep -xE "$names")
    for name in $calls; do
        echo "$object: uses $name"
        status=1
    done
    [ "$kind" = pure ] || continue
    # Constant tables of pointers are in .data.rel.ro; anything else writable is state.
    changing=$(objdump -t "$object" | grep -E '[[:space:]]O[[:space:]]' |
        grep -E '[[:space:]](\.data|\.bss|\.tdata|\.tbss|\*COM\*)' | grep -v '\.data\.rel\.ro' |
        awk '{ print $NF }')
    for name in $changing; do
        echo "$object: $name is a variable that can change"
        status=1
    done
done
exit $status
