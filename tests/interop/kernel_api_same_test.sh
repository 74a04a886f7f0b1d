#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC1091,SC2034
# Servers and sockets over the kernel's SCTP at both ends.
# ctest: labels=heavy timeout=700
modes=kernel_to_kernel
. "$(dirname "${BASH_SOURCE[0]}")/kernel_api.sh"
