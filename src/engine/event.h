/* SPDX-License-Identifier: MIT */
/*
 * What the user is to be told. Events are marks on associations, paths, streams and messages, not
 * records: the same thing happening twice is told once, nothing can overflow, nothing is allocated.
 */
#ifndef SCTPXI_ENGINE_EVENT_H
#define SCTPXI_ENGINE_EVENT_H

#include "engine/assoc.h"

/* Marks it; while the association waits to be accepted the mark is only kept. */
void sctpxi_event_raise(sctpx_assoc *a, enum sctpxi_assoc_event event);

/* The association was accepted: what is marked can be told from now on. */
void sctpxi_event_resume(sctpx_assoc *a);

/* Forgets every mark of it. */
void sctpxi_event_forget(sctpx_assoc *a);

/*
 * Held events are not told by sctpx_endpoint_poll_event(), but asked for association by
 * association: for those that another thread than the endpoint's hears of. From hold on for good.
 */
void sctpxi_event_hold(sctpx_assoc *a);

/* The next association that has held events since it was returned last; NULL: none. */
sctpx_assoc *sctpxi_event_next_held(sctpx_endpoint *ep);

/* The next event of an association whose events are held; as sctpx_endpoint_poll_event(). */
int sctpxi_event_poll_held(sctpx_assoc *a, sctpx_event *ret_event);

#endif
