#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ctest: labels=heavy timeout=300
. "$(dirname "$0")/lib.sh"
memcheck api_accept api_callback api_close api_connect api_datagram api_lookup api_paths \
    api_resolve api_restart api_server api_stream api_wait
