/* SPDX-License-Identifier: MIT */
/* How the command ends: its exit codes (documented in sctpx(1)) and what errors become of them. */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

enum exit_code {
    EXIT_DONE = 0,     /* all went well; also a graceful end by the peer */
    EXIT_FAILED = 1,   /* a failure on this side: address in use, file not writable, ... */
    EXIT_USAGE = 2,    /* the command line is wrong */
    EXIT_REFUSED = 3,  /* nothing listens there */
    EXIT_NO_REPLY = 4, /* timed out, unreachable, or no such host */
    EXIT_ABORTED = 5,  /* the peer ended it with ABORT, or broke the protocol */
    EXIT_LOST = 6,     /* the peer stopped answering */
    EXIT_SIGNAL = 128  /* and the number of the signal: interrupted before it was done */
};

/* The exit code for the end of an association, as on_closed gives it, or for another error. */
int exit_code_of(int error);

#endif
