#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Placeholder, started by ./demo with $SCTPX set to the command.
echo "tests/demo/demo.sh: the demonstration is not there yet" >&2
exit 1
