#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# examples/threaded_server: one loop per thread, associations handed over, an end without losses.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_examples

# ---- everybody is served, by all workers in turn ----
example threaded_server 0 0 3
for _ in 1 2 3 4; do expect_echo; done
kill -TERM "$pid"
wait_line "$err" '^worker 0: 2 clients$'
wait_line "$err" '^worker 1: 1 clients$'
wait_line "$err" '^worker 2: 1 clients$'
wait_line "$err" '^4 clients, 12 messages echoed, 0 aborted$'
ended "$pid" 0

# ---- told to end in the middle: what was echoed arrives ----
example threaded_server 0 0 3
busy_clients 6 20000
goodbye

# ---- a second signal does not wait for those who do not answer ----
example threaded_server 0 0 2
busy_clients 1 100000
hurried_goodbye
echo passed
