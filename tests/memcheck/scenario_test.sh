#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ctest: labels=heavy timeout=300
. "$(dirname "$0")/lib.sh"
memcheck scenario_abort scenario_collision scenario_handshake scenario_partial_delivery \
    scenario_restart scenario_shutdown_loss scenario_unknown
