#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demonstration that ./demo shows.
# ctest: labels=heavy timeout=120 serial
: "${SCTPX_SOURCE_DIR:?}" "${SCTPX_BUILD_DIR:?}"
[ -x "$SCTPX_BUILD_DIR/examples/three_streams_server" ] || {
    echo "skipped: the examples are not built"
    exit 77
}
exec bash "$SCTPX_SOURCE_DIR/tests/demo/demo.sh"
