/* SPDX-License-Identifier: MIT */
/*
 * A name server for tests, in a thread of its own on UDP of 127.0.0.1, that answers as it was told.
 * While it runs, c-ares in this program asks nobody else: dns.c takes the place of
 * ares_init_options(). Names of one label are also looked for in the domain "lan.test".
 */
#ifndef SUPPORT_DNS_H
#define SUPPORT_DNS_H

#include <stdbool.h>

/* Starts it, without any names. Ends the program as skipped (77) in a build without c-ares. */
void dns_start(void);
bool dns_is_possible(void); /* a build with c-ares */
void dns_stop(void);

/*
 * What it says of a name: words with a space between. "A=127.0.0.1", "AAAA=::1", "CNAME=other.test",
 * or first of all one of SERVFAIL; SILENCE, it does not answer; GARBAGE, the records are noise; LIE, the answer
 * is to another question. Of names that it was not told it says that they do not exist.
 */
void dns_set(const char *name, const char *records);

/* Questions so far. */
unsigned dns_questions(void);

/* How long c-ares waits for an answer, and how often it asks; 2000 and 1. */
void dns_set_patience(int timeout_ms, int tries);

#endif
