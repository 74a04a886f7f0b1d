/* SPDX-License-Identifier: MIT */
/*
 * What the user is to be told. Events are marks on associations, paths and streams, not records:
 * the same thing happening twice is told once, nothing can overflow, nothing is allocated.
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

#endif
