/* SPDX-License-Identifier: MIT */
/*
 * Sets of options that associations share: most have those of their listener, or of the endpoint,
 * and all of these only one copy. A set never changes; whoever is to have other options takes
 * another set. Owned by the endpoint, counted by its users.
 */
#ifndef SCTPXI_ENGINE_OPTION_SET_H
#define SCTPXI_ENGINE_OPTION_SET_H

#include <sys/queue.h>

#include <sctpx/config.h>

#include "base/alloc.h"

/* Zero-initialised is empty. */
LIST_HEAD(sctpxi_option_sets, sctpxi_option_set);

/*
 * A set with these values, for one more user: one of those there are, or a new one. It stays until
 * that user drops it. SCTPX_ENOMEM.
 */
int sctpxi_option_set_take(struct sctpxi_option_sets *sets, struct sctpxi_alloc *alloc,
                           const sctpx_assoc_options *values,
                           const sctpx_assoc_options **ret_values);

/* One user less of a set that was taken; with the last one it is gone. */
void sctpxi_option_set_drop(struct sctpxi_alloc *alloc, const sctpx_assoc_options *values);

#endif
