#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ctest: labels=long timeout=3600
# All but the largest of what is not in api_test.sh and scenario_test.sh.
. "$(dirname "$0")/lib.sh"
programs=()
for program in "$SCTPX_TESTS_BIN"/{unit,scenario,conformance}_*; do
    case ${program##*/} in
    scenario_scale | scenario_soak | scenario_recovery | scenario_attack_memory) ;;
    *) programs+=("${program##*/}") ;;
    esac
done
memcheck "${programs[@]}" oom_setup oom_shutdown oom_restart
