#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034
# Servers over our engine, sockets over the kernel's SCTP.
# ctest: labels=heavy timeout=700
modes=kernel_to_engine
. "$(dirname "${BASH_SOURCE[0]}")/kernel_api.sh"
