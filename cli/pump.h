/* SPDX-License-Identifier: MIT */
/*
 * Connects a socket with two descriptors: what is read from one is sent, what is received is
 * written to the other. Never holds more than one piece of each direction: when the association
 * takes no more the input is not read, and when the output takes no more nothing is received, so
 * that the window closes. See options_table.c for what the options mean.
 */
#ifndef CLI_PUMP_H
#define CLI_PUMP_H

#include "message.h"
#include "options.h"
#include "runner.h"

struct pump {
    /* ---- set by the owner; the rest all zero ---- */
    struct runner *runner;
    sctpx_socket *socket;
    const struct options *options;
    int in_fd, out_fd; /* the owner's; closed by nobody here */
    enum at_eof at_eof;
    bool needs_output; /* when the output breaks, abort; else throw away what comes */
    void (*on_output_end)(void *arg);         /* everything received is written; may be NULL */
    void (*on_end)(void *arg, int exit_code); /* all is over; the owner may free the pump */
    void *arg;

    /* ---- input (pump_input.c) ---- */
    struct watch in_watch;
    char *in_bytes;
    size_t in_capacity, in_start, in_length;
    bool is_connected, in_ended, is_blocked;
    bool is_finishing;    /* we are closing the association */
    bool is_peer_closing; /* the peer is, or has */
    sctpx_sndinfo info;
    sctpx_timer *linger_timer;

    /* ---- output (pump_output.c) ---- */
    struct watch out_watch;
    struct message message;
    char head[64]; /* what --show-info writes before it */
    size_t head_length, head_done;
    size_t out_done;
    size_t out_piece; /* what can be written at once without waiting */
    bool out_broken;
    size_t tail_length, tail_done; /* the end of the line */

    bool has_ended; /* the association */
    int exit_code;
};

/* Sets the callbacks of the socket, connected already or not. Returns an exit code (reported). */
int pump_start(struct pump *pump);

/* Ends it gracefully: no more input. */
void pump_finish(struct pump *pump, int deadline_ms);

/*
 * The same on a signal. It is the exit code too, unless the end had begun already: what the input
 * or the peer still had is lost.
 */
void pump_interrupt(struct pump *pump, int number, int deadline_ms);

/* Allowed at any time after pump_start(), also if that failed. The socket stays. */
void pump_release(struct pump *pump);

/* ---- between the files of the pump -------------------------------------------------------- */

int pump_input_start(struct pump *pump);
/* Sends what is there and reads on, as far as it goes. */
void pump_input_run(struct pump *pump);
/* Something was received: that counts for --linger. */
void pump_input_on_received(struct pump *pump);
/* The association takes nothing any more. */
void pump_input_stop(struct pump *pump);

void pump_output_start(struct pump *pump);
void pump_output_run(struct pump *pump);

/* The end of the association with everything written. */
void pump_end(struct pump *pump);

#endif
