/* SPDX-License-Identifier: MIT */
/*
 * A network in one process, for tests of the engine: a virtual clock, hosts that each own one
 * sctpx_endpoint with one or several addresses, links that delay, lose, reorder, duplicate and
 * corrupt, and a record of every packet and event. It owns all of that, calls nothing but the
 * engine's public verbs (after each step engine_check() looks inside), and is deterministic: the
 * same seed (SIM_SEED in the environment, printed when a test fails) gives the same run.
 * SIM_TRACE=1 prints every packet and event. SIM_SWEEP and SIM_FAIL_ALLOC let allocations fail
 * (sim_run_group() below).
 *
 * A test is written as
 *
 *     static void test_x(void **state)
 *     {
 *         struct sim *sim = *state;
 *         ...
 *         sim_finish(sim);
 *     }
 *     ... sim_unit_test(test_x) in the list of cmocka tests
 *
 * where sim_finish() checks that every block of memory came back. Failures inside the simulator
 * (a malformed packet, wrong contents) end the test like a failed assertion.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sctpx/engine.h>

#define SIM_MS UINT64_C(1000)
#define SIM_SECOND UINT64_C(1000000)
#define SIM_MAX_HOSTS 64
#define SIM_PORT 5000     /* where sim_pair() listens */
#define SIM_UDP_PORT 9899 /* UDP port of every address a host is made with */

/* Chunk types as tests write them. */
enum sim_chunk_type {
    SIM_ANY = -1,
    SIM_DATA = 0,
    SIM_INIT = 1,
    SIM_INIT_ACK = 2,
    SIM_SACK = 3,
    SIM_HEARTBEAT = 4,
    SIM_HEARTBEAT_ACK = 5,
    SIM_ABORT = 6,
    SIM_SHUTDOWN = 7,
    SIM_SHUTDOWN_ACK = 8,
    SIM_ERROR = 9,
    SIM_COOKIE_ECHO = 10,
    SIM_COOKIE_ACK = 11,
    SIM_SHUTDOWN_COMPLETE = 14
};

struct sim;
struct sim_host;
struct sim_conn;

/* ---- network ----------------------------------------------------------------------------- */

/* One direction between two addresses. All zero is a perfect link without delay. */
struct sim_link_config {
    uint64_t rate_bps;   /* bits a second; 0 = no limit */
    sctpx_time delay_us; /* one way */
    size_t queue_bytes;  /* what waits for the link beyond this is dropped; 0 = no limit */
    size_t mtu;          /* longer IP packets vanish; 0 = no limit */
    uint32_t loss_permille, duplicate_permille, corrupt_permille;
    uint32_t reorder_permille; /* so many packets take reorder_us longer */
    sctpx_time reorder_us;
    bool down;
};

/* A packet on its way, as filters see it. */
struct sim_packet {
    struct sim_host *sender; /* NULL when injected */
    sctpx_addr from, to;
    uint8_t *data; /* filters may write into it, and shorten it */
    size_t length;
};

/* Returns false to drop the packet. May change everything but sender. */
typedef bool (*sim_filter)(void *context, struct sim *sim, struct sim_packet *packet);

/* Drops packets that match all that is given. */
struct sim_drop {
    const struct sim_host *from; /* NULL = any */
    sctpx_addr to;               /* family 0 = any */
    int chunk;                   /* a chunk type the packet holds, SIM_ANY */
    bool has_tsn;                /* only if it holds this DATA chunk */
    uint32_t tsn;
    unsigned skip, count; /* let so many pass, drop so many; count 0 = all that follow */
    unsigned matched, dropped;
};

/* All links, present and future. Without this: 10 ms each way and nothing else. */
void sim_set_links(struct sim *sim, const struct sim_link_config *config);

/* The direction from one address to another, to be changed at will. */
struct sim_link_config *sim_link(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to);

/* What went into a direction since the start. */
struct sim_link_counts {
    uint64_t packets, bytes;    /* that were put on their way; IP level */
    uint64_t lost, overflowed;  /* by chance; because the queue was full */
    uint64_t waited_us;         /* sum of the times that the packets waited for their turn */
    sctpx_time longest_wait_us; /* of one of them */
};
struct sim_link_counts sim_link_counts(struct sim *sim, const sctpx_addr *from,
                                       const sctpx_addr *to);
/* How long a packet would have to wait for its turn there now. */
sctpx_time sim_link_wait(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to);

/* Cuts an address off: nothing comes from it and nothing gets there. */
void sim_set_address_down(struct sim *sim, const sctpx_addr *addr, bool is_down);

/* A NAT in front of an address: others see (and reach) it at this UDP port; 0 ends it. */
void sim_set_nat(struct sim *sim, const sctpx_addr *addr, uint16_t public_port);

void sim_add_filter(struct sim *sim, sim_filter filter, void *context);
/* The rule stays valid and can be read or changed until sim_finish(). */
struct sim_drop *sim_add_drop(struct sim *sim, struct sim_drop rule);
/* Takes away all filters and drop rules. */
void sim_clear_filters(struct sim *sim);

/*
 * Hands a packet to the host that owns the address, at once; what it causes is sent with the next
 * run. Returns what sctpx_endpoint_receive() said.
 */
int sim_inject(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to, const void *data,
               size_t length);

/* ---- hosts ------------------------------------------------------------------------------- */

struct sim_event {
    sctpx_time at;
    enum sctpx_event_type type;
    struct sim_conn *conn; /* NULL for SCTPX_EVENT_INCOMING */
    uint16_t stream, cause;
    int error;
    size_t path, bytes;
    sctpx_time rtt_us;
};

struct sim_host {
    struct sim *sim;
    const char *name;
    sctpx_endpoint *endpoint;
    sctpx_endpoint_options options;
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    size_t n_addrs;
    bool auto_accept, auto_read; /* both true at first; auto_read is taken over by new conns */
    size_t transmit_capacity;    /* of the buffer given to sctpx_endpoint_transmit(), 65536 */
    size_t mtu;                  /* no IP packet may be longer; options.assoc.mtu at first */
    uint64_t random;
    size_t live_blocks, live_bytes, peak_bytes; /* of the allocator */
    size_t lent_messages;                       /* that the engine has, lending.c */
    uint64_t allocations;
    struct sim_event *events;
    size_t n_events, max_events;
    struct sim_conn **conns; /* in order of connect and accept */
    size_t n_conns, max_conns;
    unsigned idle_rounds; /* deadlines without progress, for the livelock check */
};

/* Options to start from: the engine's defaults. Allocator and random are filled in by the host. */
void sim_host_options(sctpx_endpoint_options *ret_options);

/* A host with addresses 10.<host>.<1..n>.1; options NULL = defaults. */
struct sim_host *sim_host_new(struct sim *sim, const char *name, size_t n_addrs,
                              const sctpx_endpoint_options *options);

/* Loses its endpoint and all it knew without a word, and starts again with the same addresses. */
void sim_host_crash(struct sim_host *host);

/* Frees the endpoint for good; packets to the host vanish. Checks that all memory came back. */
void sim_host_stop(struct sim_host *host);

/* options NULL = defaults of the endpoint. */
void sim_listen(struct sim_host *host, uint16_t port, const sctpx_listen_options *options);

/* How many events of a type there were, and the n-th one (0 = first), which must exist. */
size_t sim_event_count(const struct sim_host *host, enum sctpx_event_type type);
const struct sim_event *sim_event(const struct sim_host *host, enum sctpx_event_type type,
                                  size_t n);
sctpx_endpoint_stats sim_stats(const struct sim_host *host);

/* ---- connections: an association and the program that uses it ------------------------------- */

/*
 * A run of messages to send. Their contents follow from stream and number, and the reader on the
 * other side checks them; the PPID carries the number within the stream.
 */
struct sim_load {
    size_t count;                   /* messages */
    size_t min_bytes, max_bytes;    /* of each; max 0 = min */
    uint16_t first_stream, streams; /* taken in turn; streams 0 = 1 */
    uint16_t flags;                 /* SCTPX_MSG_UNORDERED, SCTPX_MSG_SACK_NOW */
};

/* What became of one message; outcome.c. */
struct sim_outcome {
    size_t length;
    uint32_t ppid;
    uint16_t stream;
    bool is_unordered;
    uint8_t steps;
};

struct sim_conn {
    struct sim_host *host;
    sctpx_assoc *assoc; /* NULL once freed */
    bool auto_read;     /* reads (and checks) everything as soon as it can */
    bool is_up, is_closed, peer_shut_down;
    int error; /* of SCTPX_EVENT_CLOSED */
    uint16_t cause;
    uint8_t reason[512];
    size_t reason_length;
    size_t sent_messages, sent_bytes, received_messages, received_bytes;
    size_t received_pieces; /* of partial delivery */
    struct sim_outcome *outcomes; /* of all sent messages */
    size_t max_outcomes;
    size_t sent_reports, acked_reports, failed_messages, failed_sent_messages;
    size_t failed_from; /* no message before this one may fail any more */
    struct sim_load load;   /* what is still to be sent */
    size_t load_done;
    size_t next_length;           /* of the next message of the load, 0 = not drawn yet */
    uint32_t *next_out, *next_in; /* message number per stream */
    size_t max_out, max_in;
    uint32_t unordered_out;
    uint8_t *unordered_seen; /* bitmap */
    size_t max_unordered;
    size_t piece_offset;   /* within a message delivered in pieces; one at a time, */
    uint16_t piece_stream; /* of this stream, while piece_offset is not 0 */
    bool is_accepted;
    unsigned restarts; /* by the peer: messages of before and after may wait to be read */
};

/* Connects to the first address of a host. options NULL = defaults. */
struct sim_conn *sim_connect(struct sim_host *host, const struct sim_host *to, uint16_t port,
                             const sctpx_assoc_options *options);
/* The same with everything given. */
struct sim_conn *sim_connect_to(struct sim_host *host, const sctpx_addr *remotes, size_t n,
                                uint16_t port, uint16_t local_port,
                                const sctpx_assoc_options *options);
/* The same, but NULL when the ports are in use (SCTPX_EADDRINUSE) or on SCTPX_ENOMEM. */
struct sim_conn *sim_try_connect(struct sim_host *host, const sctpx_addr *remotes, size_t n,
                                 uint16_t port, uint16_t local_port,
                                 const sctpx_assoc_options *options);
/* The n-th (0 = first) conn that a host accepted; must exist. */
struct sim_conn *sim_accepted(const struct sim_host *host, size_t n);

/* Tries to send one message: what sctpx_assoc_send() returned. */
int sim_try_send(struct sim_conn *conn, uint16_t stream, size_t length, uint16_t flags);
/* Sends one ordered message, which must be taken. */
void sim_send(struct sim_conn *conn, uint16_t stream, size_t length);
/* Sends as much as is taken now, the rest as the association becomes writable. */
void sim_send_load(struct sim_conn *conn, struct sim_load load);
/* Reads and checks up to n messages; returns how many there were. */
size_t sim_read(struct sim_conn *conn, size_t n);
/* Frees the association of a conn. */
void sim_conn_free(struct sim_conn *conn);

sctpx_assoc_status sim_status(const struct sim_conn *conn);
sctpx_path_status sim_path(const struct sim_conn *conn, size_t path);
enum sctpx_assoc_state sim_state(const struct sim_conn *conn);
/* Index of the path to an address; the test fails if there is none. */
size_t sim_path_to(const struct sim_conn *conn, const sctpx_addr *remote);

/* ---- failing memory ---------------------------------------------------------------------- */

/* Which allocations fail; the hosts' are counted together. All zero: none. */
struct sim_fault {
    uint64_t first, count;       /* that one (1 = the next) and those after it; count 0 = all */
    uint32_t permille;           /* and each one with this probability, by the seed */
    const struct sim_host *only; /* only of this host; NULL = of all */
};
void sim_set_fault(struct sim *sim, struct sim_fault fault);

/* ---- running ----------------------------------------------------------------------------- */

typedef bool (*sim_predicate)(void *context);

struct sim {
    sctpx_time now;
    uint64_t seed, random;
    bool random_is_high; /* 32-bit words that hosts draw are 0xFFFFFFxx, so that numbers wrap */
    struct sim_host *hosts[SIM_MAX_HOSTS];
    size_t n_hosts;
    bool capture_off; /* records nothing, for long runs */
    /*
     * For benches: what costs more than the engine itself is left out, and what happens stays the
     * same. Nothing is recorded, neither packets nor the endpoints are checked, messages hold
     * zeros and ask for no reports. Order and numbers of messages are still checked. To be set
     * before there are hosts.
     */
    bool is_light;
    struct sim_fault fault;
    uint64_t fault_random;
    uint64_t allocations, failed_allocations; /* of all hosts */
    bool has_injected;                        /* packets made by hand */
    unsigned injected_since;                  /* so many, since memory failed */
    bool is_sweep; /* SIM_FAIL_ALLOC: only what must hold without memory too is judged */
    bool is_finished;
    struct sim_network *network;
    struct sim_capture *capture;
    uint8_t *buffer; /* scratch for messages */
    size_t buffer_size;
};

int sim_setup(void **state);
int sim_teardown(void **state);

/*
 * The hosts have the default sender: CUBIC, and losses found by time (RFC 9438, RFC 8985). With
 * SIM_BOTH_SENDERS defined before this header each test runs twice, the second time, as
 * test_x_rfc9260, with the congestion control and loss detection of RFC 9260 7.2, unless it asks
 * for other options.
 */
int sim_setup_rfc9260(void **state);
#define sim_test_with(name, f, setup)                                                              \
    {                                                                                              \
        name, f, setup, sim_teardown, NULL                                                         \
    }
#ifdef SIM_BOTH_SENDERS
#define sim_unit_test(f)                                                                           \
    sim_test_with(#f, f, sim_setup), sim_test_with(#f "_rfc9260", f, sim_setup_rfc9260)
#else
#define sim_unit_test(f) sim_test_with(#f, f, sim_setup)
#endif
/* Tests of those rules themselves, and of what only the default sender does. */
#define sim_rfc9260_test(f) sim_test_with(#f, f, sim_setup_rfc9260)
#define sim_default_sender_test(f) sim_test_with(#f, f, sim_setup)

/* Default options of an association, with the sender of the running test. */
void sim_assoc_options(sctpx_assoc_options *ret_options);
#define sctpx_assoc_options_defaults(options) sim_assoc_options(options)

/*
 * Runs a group of tests, as cmocka_run_group_tests_name() does, which means this one from here on.
 * With SIM_SWEEP in the environment each test is run again and again with failing allocations
 * (sweep.c); with SIM_FAIL_ALLOC once, with the ones that it names: "7", "7+2", "7+", "5%".
 * SIM_TEST picks one test.
 */
int sim_run_group(const char *name, const struct CMUnitTest *tests, size_t n,
                  CMFixtureFunction setup, CMFixtureFunction teardown);
#undef cmocka_run_group_tests_name
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
    sim_run_group(name, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

/* Frees all endpoints and checks that no block of memory is left. The last call of a test. */
void sim_finish(struct sim *sim);

/* A fresh simulation instead of the finished (or unused) one, for tests that run many. */
struct sim *sim_renew(void **state);

/* Lets all hosts work off their events and packets without moving the clock. */
void sim_flush(struct sim *sim);
/* Goes on to the next moment when something happens; false if nothing ever will. */
bool sim_step(struct sim *sim);
void sim_run_for(struct sim *sim, sctpx_time duration_us);
/* Runs until the predicate holds; false when limit_us have passed before. */
bool sim_run_until(struct sim *sim, sim_predicate predicate, void *context, sctpx_time limit_us);

/* Common predicates; the context is the conn. */
bool sim_is_up(void *conn);
bool sim_is_closed(void *conn);
bool sim_has_sent_all(void *conn); /* load done, everything acknowledged */

/* The test fails unless the conn gets there in time. */
void sim_run_until_up(struct sim_conn *conn, sctpx_time limit_us);
void sim_run_until_closed(struct sim_conn *conn, sctpx_time limit_us);
void sim_run_until_sent(struct sim_conn *conn, sctpx_time limit_us);
/* The test fails unless so many messages were received in time. */
void sim_run_until_received(struct sim_conn *conn, size_t messages, sctpx_time limit_us);

/* Two hosts (one address each unless made before) with an association from a to b. */
struct sim_pair {
    struct sim_host *a, *b;
    struct sim_conn *ab, *ba; /* a's end and b's end */
};
/* options NULL = defaults; both ends use the same ones. */
struct sim_pair sim_pair(struct sim *sim, const sctpx_assoc_options *options);
/* With n addresses on each side. */
struct sim_pair sim_pair_multi(struct sim *sim, size_t n, const sctpx_assoc_options *options);
/* Connects a to b of hosts that exist, b listening on SIM_PORT already or not. */
struct sim_pair sim_pair_hosts(struct sim_host *a, struct sim_host *b,
                               const sctpx_assoc_options *options);

/* ---- capture ----------------------------------------------------------------------------- */

struct sim_chunk {
    uint8_t type, flags;
    uint16_t length; /* the Chunk Length field */
    uint32_t tsn;    /* DATA: TSN; SACK and SHUTDOWN: cumulative TSN; INIT (ACK): initial TSN */
    uint32_t tag;    /* INIT (ACK): Initiate Tag */
    uint32_t rwnd;   /* SACK, INIT (ACK): a_rwnd */
    uint32_t ppid;
    uint16_t stream, ssn;
    uint16_t gaps, dups; /* SACK: numbers of blocks and duplicates */
    uint16_t cause;      /* ABORT, ERROR: first cause, 0 = none */
    size_t offset;       /* in the packet */
};

/* A packet as its sender made it, before links and filters did something to it. */
struct sim_record {
    sctpx_time at;
    const struct sim_host *sender;
    sctpx_addr from, to;
    uint16_t source_port, destination_port;
    uint32_t vtag;
    size_t length;
    const uint8_t *raw; /* the packet, valid like the record itself until the end of the test */
    size_t n_chunks;
    const struct sim_chunk *chunks;
};

/* What to look for; everything that is given must match. Zero looks for DATA of anyone. */
struct sim_query {
    const struct sim_host *from; /* NULL = any */
    sctpx_addr to;               /* family 0 = any */
    int chunk;                   /* SIM_ANY = any packet */
    size_t since;                /* from sim_mark() */
    bool has_tsn;
    uint32_t tsn;
};

/* A position in the record, for sim_query.since. */
size_t sim_mark(const struct sim *sim);
/* Packets that match. */
size_t sim_count(const struct sim *sim, struct sim_query query);
/* Chunks that match (several can be in one packet). */
size_t sim_count_chunks(const struct sim *sim, struct sim_query query);
/* The n-th packet that matches (0 = first), or NULL. */
const struct sim_record *sim_nth(const struct sim *sim, struct sim_query query, size_t n);
const struct sim_record *sim_last(const struct sim *sim, struct sim_query query);
/* Shorthands: packets of a host with a chunk type. */
size_t sim_sent(const struct sim_host *host, int chunk);
const struct sim_record *sim_sent_nth(const struct sim_host *host, int chunk, size_t n);

/* The first chunk of that type in the packet; the test fails if there is none. */
const struct sim_chunk *sim_find_chunk(const struct sim *sim, const struct sim_record *record,
                                       int type);
bool sim_record_has(const struct sim_record *record, int type);
/* Gives a recorded packet once more to the one it was for, like sim_inject(). */
int sim_replay(struct sim *sim, const struct sim_record *record);

/* ---- small things ------------------------------------------------------------------------ */

sctpx_addr sim_ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t udp_port);
bool sim_same_ip(const sctpx_addr *a, const sctpx_addr *b);
uint64_t sim_draw(uint64_t *state);
/* Ends the test, like a failed assertion. */
void sim_fail(const struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
