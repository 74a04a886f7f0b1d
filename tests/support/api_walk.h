/* SPDX-License-Identifier: MIT */
/*
 * Random walks over the public API, as a hostile or clumsy user would take them: two loops in one
 * thread, servers, sockets, and in every step and every callback by chance some call, on real UDP
 * of the loopback interface. What the headers promise is checked all the time; a violation fails
 * the test with the seed and the last steps. The same seed makes the same choices as long as the
 * same things happen; time is real.
 *
 * What is written says where it belongs: the upper two bits of each byte are its stream, the lower
 * six its position in that stream (mod 64). So what is read in any way, of one stream or of all of
 * them, can be compared. Stream 3 is the one of unordered messages; they are only counted.
 *
 * Names: an end is a socket, a life one association of it, a hat one of its user pointers.
 */
#ifndef SUPPORT_API_WALK_H
#define SUPPORT_API_WALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sctpx/sctpx.h>

#include "support/test_random.h"

enum {
    WALK_LOOPS = 2,
    WALK_SERVERS = 2,
    WALK_LIVE_MAX = 8, /* sockets at once */
    WALK_ENDS_MAX = 256,
    WALK_LIVES_MAX = 512,
    WALK_STREAMS = 4,
    WALK_UNORDERED = 3, /* this stream */
    WALK_MESSAGES_MAX = 400,
    WALK_BUFFER_BYTES = 8192,
    WALK_LOG_LINES = 48
};

enum walk_step { WALK_REPORT_ASKED = 1, WALK_REPORT_SENT = 2, WALK_REPORT_DONE = 4 };

struct walk_life {
    uint32_t local_tag;     /* 0: not known yet */
    const sctpx_loop *home; /* where it came up */
    bool is_accepted;
    bool is_whole;      /* all callbacks have been there all the time */
    bool is_muddled;    /* a restart: contents are not compared */
    bool is_discarded;  /* by close: what is read need not be all */
    bool may_be_silent; /* on_closed need not come */
    bool wants_about;   /* on_about_to_close is due */
    bool is_drained;    /* read empty near the end of the walk; from then on by on_readable alone */
    bool is_wet;        /* written to, and on_drained has not come since */
    bool is_refused;    /* a write, for want of room, and on_writable has not come since */
    size_t written[WALK_STREAMS], pos[WALK_STREAMS];
    bool in_transaction[WALK_STREAMS + 1]; /* the last one: of all streams */
    size_t saved_pos[WALK_STREAMS + 1][WALK_STREAMS];
    struct walk_life *peer; /* who writes what is read here; NULL: not known */

    /* What was told. */
    enum sctpx_socket_state told_state;
    bool is_end_told; /* on_state(UNCONNECTED) */
    unsigned connected, about_to_close, peer_shutdown, read_finished, errors, closed;
    int error;
    size_t sent_bytes;

    /* Messages, by number from 1 (the context). */
    uint8_t steps[WALK_MESSAGES_MAX + 1];
    uint32_t lengths[WALK_MESSAGES_MAX + 1];
    unsigned messages, last_failed;
};

struct walk_end;

struct walk_hat {
    struct walk_end *end;
    unsigned index;
};

struct walk_end {
    struct walk *walk;
    unsigned id;
    sctpx_socket *socket;   /* NULL: freed */
    sctpx_server *keeper;   /* in whose queue it is */
    struct walk_life *life; /* NULL: none yet */
    struct walk_hat hats[2];
    unsigned hat;
    bool has_callbacks, is_full; /* any; all of them */
    bool is_detached;
    unsigned guards; /* calls that wait for it: not to be freed */
    int told_level;
    uint8_t last[16]; /* bytes read last, to be put back */
    size_t last_length;
    int last_stream; /* as it was given */
};

struct walk_host {
    struct walk *walk;
    sctpx_server *server; /* NULL: none */
    sctpx_loop *loop;
    sctpx_addr addr; /* where it listens, or did */
    uint16_t port;
    unsigned guards;
};

/* For sctpx_loop_post(). */
struct walk_post {
    struct walk *walk;
    sctpx_loop *loop;
};

struct walk {
    uint64_t seed;
    unsigned step; /* from 1 */
    struct test_random random;
    sctpx_loop *loops[WALK_LOOPS];
    sctpx_loop *running[8];
    unsigned depth;                         /* how many of them */
    unsigned calling;                       /* a call is running that must not call back */
    bool is_ending;                         /* callbacks only read */
    bool has_dns;                           /* there are names to look up, walk_dns_start() */
    void (*before_step)(struct walk *walk); /* makes memory fail; NULL: there is enough */
    struct walk_host hosts[WALK_SERVERS];
    struct walk_end ends[WALK_ENDS_MAX];
    unsigned n_ends, n_live;
    struct walk_life lives[WALK_LIVES_MAX];
    unsigned n_lives;
    sctpx_timer *timer;
    sctpx_loop *timer_loop;
    struct walk_post posts[WALK_LOOPS];
    size_t checked_bytes, calls, whole_ends;
    uint8_t buffer[WALK_BUFFER_BYTES];
    char log[WALK_LOG_LINES][120];
    unsigned log_at;
};

/* What all walks of a program did, to see that they were about something. */
struct walk_totals {
    size_t walks, calls, checked_bytes, whole_ends;
};

/*
 * One walk from the beginning to the end, so many steps long. before_step (may be NULL) is called
 * before each of them, and once before the end; with it calls may fail for want of memory.
 */
void walk_run(uint64_t seed, unsigned steps, void (*before_step)(struct walk *walk),
              struct walk_totals *totals);

/* SCTPX_WALK_SECONDS: walks until then; else so many. SCTPX_WALK_SEED: only this one. */
void walk_run_many(size_t count, unsigned steps, void (*before_step)(struct walk *walk),
                   struct walk_totals *totals);

/* For all walks from now on: names are looked up as well, where that is possible (dns.h). */
void walk_dns_start(void);
void walk_dns_stop(void);

/* ---- api_walk.c ---------------------------------------------------------------------------- */

uint32_t walk_below(struct walk *walk, uint32_t limit);
bool walk_chance(struct walk *walk, unsigned percent);
void walk_log(struct walk *walk, const char *format, ...) __attribute__((format(printf, 2, 3)));
void walk_fail(struct walk *walk, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#define WALK_CHECK(walk, condition)                                                                \
    do {                                                                                           \
        if (!(condition))                                                                          \
            walk_fail(walk, "%s:%d: not so: %s", __FILE__, __LINE__, #condition);                  \
    } while (0)

/* A call that must not call back. */
#define WALK_CALL(walk, call)                                                                      \
    do {                                                                                           \
        (walk)->calling++;                                                                         \
        (walk)->calls++;                                                                           \
        call;                                                                                      \
        (walk)->calling--;                                                                         \
    } while (0)

/* SCTPX_ENOMEM counts as good where memory may lack. */
bool walk_is_one_of(const struct walk *walk, long result, const int *errors, size_t n);
#define WALK_RESULT(walk, result, ...)                                                             \
    do {                                                                                           \
        static const int errors_[] = {__VA_ARGS__};                                                \
        if ((result) < 0 &&                                                                        \
            !walk_is_one_of(walk, result, errors_, sizeof(errors_) / sizeof(errors_[0])))          \
            walk_fail(walk, "%s:%d: %s", __FILE__, __LINE__, sctpx_error_name((int)(result)));     \
    } while (0)

/* Around everything that runs a loop. */
void walk_enter_loop(struct walk *walk, sctpx_loop *loop);
void walk_leave_loop(struct walk *walk);
bool walk_is_running(const struct walk *walk, const sctpx_loop *loop);
int walk_run_once(struct walk *walk, sctpx_loop *loop, int timeout_ms);

/* Some call on something. end may be NULL: any. */
void walk_act(struct walk *walk, struct walk_end *end);

/* ---- api_walk_loop.c ------------------------------------------------------------------------ */

/* Some call on a loop. */
void walk_loop_call(struct walk *walk);

/* Frees a loop with what is on it; inside its own callbacks when they have returned. */
void walk_loop_free(struct walk *walk, unsigned i);
/* What went with loops that are freed now. */
void walk_loop_sweep(struct walk *walk);
/* It was not freed. */
bool walk_loop_is_there(const struct walk *walk, const sctpx_loop *loop);

/* ---- api_walk_crash.c ----------------------------------------------------------------------- */

/*
 * If the program dies while this walk is under way, by a signal, a sanitizer's verdict or for want
 * of an end, it says which one it was. No other walk at the same time.
 */
void walk_crash_watch(const struct walk *walk);
void walk_crash_unwatch(void);

/* ---- api_walk_end.c: sockets and what they are told ---------------------------------------- */

struct walk_end *walk_end_new(struct walk *walk, sctpx_socket *socket);
void walk_end_begin_life(struct walk_end *end, bool is_accepted);
void walk_end_set_callbacks(struct walk_end *end, unsigned kind); /* 0: none, 1: some, 2: all */
void walk_end_note_tag(struct walk_end *end);
/* Its socket is gone. */
void walk_end_forget(struct walk_end *end);
/* A live one by chance that is the user's; NULL: there is none. */
struct walk_end *walk_end_pick(struct walk *walk);

/* ---- api_walk_read.c ------------------------------------------------------------------------ */

/* Some reading call, on a socket in any state. */
void walk_read(struct walk_end *end);
/* Takes all there is, transactions and bytes put back as well. */
void walk_read_all(struct walk_end *end);
/* After a graceful end: nothing is missing. */
void walk_read_check_whole(struct walk_end *end);

/* ---- api_walk_look.c ------------------------------------------------------------------------ */

/* Every getter, compared with each other. */
void walk_look(struct walk_end *end);

/* ---- api_walk_options.c ------------------------------------------------------------------------ */

void walk_random_options(struct walk *walk, sctpx_assoc_options *options);
void walk_call_options(struct walk_end *end);
void walk_call_marks(struct walk_end *end);
void walk_call_path(struct walk_end *end);

/* ---- api_walk_calls.c, api_walk_host.c ------------------------------------------------------- */

void walk_socket_new(struct walk *walk);
void walk_socket_call(struct walk_end *end);
void walk_end_free(struct walk_end *end);

/* Makes the server and lets it listen. */
void walk_host_start(struct walk_host *host);
void walk_host_call(struct walk_host *host);
/* Takes all that is pending. */
void walk_host_take_all(struct walk_host *host);
void walk_host_free(struct walk_host *host);
/* Those in its queue are gone, with it or its loop. */
void walk_host_forget_pending(struct walk_host *host);

#endif
