/* SPDX-License-Identifier: MIT */
/*
 * Two endpoints under a stream of commands from the input: users who do anything, a network that
 * loses, delays, repeats and damages, forgers who know the tags, memory that runs out, hosts that
 * crash. See pair.h.
 *
 *   - always: the endpoint agrees with itself, whoever waits has a timer, work and output of one
 *     call are bounded, every packet out is well formed, CLOSED is the last event, and all memory
 *     comes back
 *   - until a forged packet was delivered: what is read is what was sent, in order per stream and
 *     nothing twice; and once the network is good, either everything arrives or the end is told
 */
#include <string.h>

#include "fuzz/pair.h"

enum { MAX_COMMANDS = 600 };

/* ---- which one --------------------------------------------------------------------------- */

static struct pair_side *draw_side(struct pair *pair)
{
    return &pair->sides[fuzz_u8(&pair->in) & 1];
}

/* An end whose association can be used, or NULL. */
static struct pair_end *draw_end(struct pair *pair)
{
    unsigned first = fuzz_u8(&pair->in);
    for (unsigned i = 0; i < pair->end_count; i++) {
        struct pair_end *end = &pair->ends[(first + i) % pair->end_count];
        if (end->assoc != NULL)
            return end;
    }
    return NULL;
}

/* ---- users ------------------------------------------------------------------------------- */

static void connect(struct pair *pair)
{
    struct pair_side *side = draw_side(pair), *other = pair_other(side);
    uint8_t choice = fuzz_u8(&pair->in);
    sctpx_assoc *assoc;
    if (pair->end_count > PAIR_ENDS / 2)
        return;
    size_t n = (choice & 2) != 0 ? other->addr_count : 1;
    uint16_t port = (choice & 1) != 0 ? PAIR_PORT : 0;
    if (sctpx_endpoint_connect(side->endpoint, pair->now, other->addrs, n, PAIR_PORT, port, NULL,
                               NULL, &assoc) != 0)
        return;
    struct pair_end *end = pair_end_new(side);
    end->assoc = assoc;
    sctpx_assoc_set_user(assoc, end);
    pair_service(side);
}

static void send(struct pair *pair, struct pair_end *end)
{
    uint8_t choice = fuzz_u8(&pair->in), size = fuzz_u8(&pair->in);
    size_t length = size;
    if (size >= 128)
        length = (size_t)(size - 127) * ((choice & 128) != 0 ? 150 : 20);
    uint16_t flags = (uint16_t)(choice >> 2 & 3); /* unordered, SACK at once */
    unsigned repeat = 1 + (choice >> 4 & 7);
    while (repeat-- > 0)
        pair_send(end, choice & 3, length, flags);
}

static void read(struct pair *pair, struct pair_end *end)
{
    uint8_t choice = fuzz_u8(&pair->in);
    int stream = (choice & 7) < PAIR_STREAMS ? choice & 7 : -1;
    size_t max = (choice & 8) != 0 ? SIZE_MAX : (size_t)(choice >> 4) * 50;
    unsigned repeat = (choice & 128) != 0 ? 20 : 1;
    while (repeat-- > 0 && pair_read(end, stream, max))
        ;
}

static void end_it(struct pair *pair, struct pair_end *end)
{
    switch (fuzz_below(&pair->in, 4)) {
    case 0:
        pair_trace(pair, "end %u aborts", end->index);
        sctpx_assoc_abort(end->assoc, pair->now, "enough", 6);
        break;
    case 1:
        pair_trace(pair, "end %u is freed", end->index);
        sctpx_assoc_free(end->assoc, pair->now);
        end->assoc = NULL;
        pair_drop_cookie_acks(pair_other(end->side));
        break;
    default:
        pair_trace(pair, "end %u shuts down", end->index);
        if (sctpx_assoc_shutdown(end->assoc, pair->now) == 0)
            end->is_shutdown_asked = true;
    }
}

/* Something else for one of the paths, without input of its own. */
static void change_path(struct pair *pair, struct pair_end *end, const sctpx_assoc_options *drawn)
{
    size_t path = drawn->path_max_retrans % PAIR_ADDRS;
    sctpx_path_options options;
    if (sctpx_assoc_get_path_options(end->assoc, path, &options) < 0)
        return;
    options.mtu = drawn->mtu == 1500 ? 600 : 1500;
    options.path_max_retrans = (uint16_t)(drawn->path_max_retrans / 2);
    options.rto_us = drawn->rto_max_us;
    sctpx_assoc_set_path_options(end->assoc, pair->now, path, &options);
}

static void change_options(struct pair *pair, struct pair_end *end)
{
    sctpx_assoc_options options;
    switch (fuzz_below(&pair->in, 3)) {
    case 0:
        sctpx_assoc_get_options(end->assoc, &options);
        pair_draw_options(fuzz_u16(&pair->in), &options);
        sctpx_assoc_set_options(end->assoc, pair->now, &options);
        change_path(pair, end, &options);
        break;
    case 1:
        sctpx_assoc_set_primary(end->assoc, fuzz_below(&pair->in, PAIR_ADDRS + 1));
        break;
    default:
        sctpx_assoc_heartbeat(end->assoc, pair->now, fuzz_below(&pair->in, PAIR_ADDRS + 1));
    }
}

/* Commands for an association. */
static void use(struct pair *pair, unsigned what)
{
    struct pair_end *end = draw_end(pair);
    if (end == NULL)
        return;
    struct pair_side *side = end->side;
    switch (what) {
    case 0:
        send(pair, end);
        break;
    case 1:
        read(pair, end);
        break;
    case 2:
        end_it(pair, end);
        break;
    default:
        change_options(pair, end);
    }
    pair_service(side);
}

/* ---- hosts ------------------------------------------------------------------------------- */

static void run_out_of_memory(struct pair_side *side)
{
    struct fuzz_input *in = &side->pair->in;
    side->memory.fail_after = fuzz_below(in, 16);
    side->memory.fail_count = fuzz_below(in, 32);
    pair_trace(side->pair, "side %u runs out of memory: after %zu, %zu", side->index,
               side->memory.fail_after, side->memory.fail_count);
}

static void listen_or_not(struct pair_side *side)
{
    if (sctpx_endpoint_unlisten(side->endpoint, side->pair->now, PAIR_PORT) == 0)
        return;
    sctpx_endpoint_listen(side->endpoint, PAIR_PORT, NULL);
}

static void report_unreachable(struct pair_side *side)
{
    const sctpx_addr *remote = &pair_other(side)->addrs[0];
    struct fuzz_input quoted = fuzz_bytes(&side->pair->in, 8);
    sctpx_endpoint_on_unreachable(side->endpoint, side->pair->now, remote,
                                  quoted.left > 0 ? quoted.p : NULL, quoted.left);
}

/*
 * Its address translator forgot the side and chose another port. Not while something is set up: an
 * INIT from one port and a COOKIE ECHO from the other are two peers (RFC 6951 5.4), and both of
 * them would end up with one association of this side.
 */
static void change_port(struct pair_side *side)
{
    for (unsigned i = 0; i < side->pair->end_count; i++) {
        const struct pair_end *end = &side->pair->ends[i];
        if (end->assoc != NULL && !end->is_up && !end->is_closed)
            return;
    }
    side->public_port++;
    pair_trace(side->pair, "side %u is at port %u", side->index, side->public_port);
}

static void disturb(struct pair *pair)
{
    struct pair_side *side = draw_side(pair);
    switch (fuzz_below(&pair->in, 6)) {
    case 0:
        pair_crash(side);
        break;
    case 1:
        listen_or_not(side);
        break;
    case 2:
        report_unreachable(side);
        break;
    case 3:
        pair_accept(side);
        break;
    case 4:
        change_port(side);
        break;
    default:
        run_out_of_memory(side);
    }
    pair_service(side);
}

static void wait(struct pair *pair)
{
    uint8_t choice = fuzz_u8(&pair->in);
    sctpx_time next = pair_next_deadline(pair), unit = choice & 1 ? 10000 : 200000;
    if (choice >= 128 && next != SCTPX_TIME_NEVER)
        pair_run_until(pair, next);
    else
        pair_run_until(pair, pair->now + unit * (choice >> 1 & 63));
}

/* ---- forgery ----------------------------------------------------------------------------- */

static void forge(struct pair *pair)
{
    struct pair_end *end = draw_end(pair);
    if (end == NULL || fuzz_below(&pair->in, 8) == 0)
        pair_forge_packet(draw_side(pair));
    else if (!end->is_closed)
        pair_forge_chunks(end->side, end);
}

/* Commands for a packet that is under way. */
static void handle_packet(struct pair *pair, unsigned what)
{
    uint8_t choice = fuzz_u8(&pair->in);
    struct pair_side *to = &pair->sides[choice & 1];
    size_t i = choice >> 1;
    if (to->queue_count > 0)
        i %= to->queue_count;
    switch (what) {
    case 0:
        pair_deliver(to, i);
        break;
    case 1:
        pair_drop(to, i);
        break;
    case 2:
        pair_duplicate(to, i);
        break;
    case 3:
        pair_change(to, i, true);
        break;
    case 4:
        pair_change(to, i, false);
        break;
    default:
        pair_truncate(to, i);
    }
}

static void command(struct pair *pair)
{
    static const uint8_t packet_commands[] = {0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5};
    unsigned what = fuzz_below(&pair->in, 32);
    if (pair->is_honest && (what == 10 || what == 11 || what >= 30))
        what -= 10; /* those forge */
    if (what < 12)
        handle_packet(pair, packet_commands[what]);
    else if (what < 15)
        pair_flush(pair, 1 + fuzz_below(&pair->in, 32));
    else if (what < 19)
        use(pair, 0);
    else if (what < 22)
        use(pair, 1);
    else if (what < 24)
        use(pair, what - 20);
    else if (what < 26)
        connect(pair);
    else if (what < 29)
        wait(pair);
    else if (what == 29)
        disturb(pair);
    else
        forge(pair);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pair pair;
    memset(&pair, 0, sizeof pair);
    pair.in = (struct fuzz_input){data, size};
    pair.is_honest = (fuzz_u8(&pair.in) & 1) == 0;
    pair_start(&pair);
    for (unsigned i = 0; i < MAX_COMMANDS && !fuzz_is_over(&pair.in); i++)
        command(&pair);
    pair_settle(&pair);
    pair_stop(&pair);
    return 0;
}
