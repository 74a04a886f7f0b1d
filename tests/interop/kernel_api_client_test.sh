#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034
# Servers over the kernel's SCTP, sockets over our engine.
# ctest: labels=heavy timeout=700
modes=engine_to_kernel
. "$(dirname "${BASH_SOURCE[0]}")/kernel_api.sh"
