/* SPDX-License-Identifier: MIT */
#include <linux/sctp.h>
struct sctp_sndinfo kernel_name;
