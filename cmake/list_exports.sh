#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints the symbols that a shared library exports, one a line, sorted.
LC_ALL=C
export LC_ALL
nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | sort
