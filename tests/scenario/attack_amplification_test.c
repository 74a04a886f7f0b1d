/* SPDX-License-Identifier: MIT */
/*
 * RFC 5062 8 to 10: nobody gets others flooded through us. For every kind of packet that somebody
 * unproven can send: at most one packet goes out, and less than three times the bytes, counted with
 * IP and UDP headers. The greatest factor found is printed.
 */
#include <stdlib.h>

#include "sim/siege.h"
#include "sim/states.h"

enum { IPV4_UDP_HEADERS = 28, IPV6_UDP_HEADERS = 48, PARAM_IPV4 = 5, PARAM_IPV6 = 6 };

/* Over all tests, in thousandths. */
static struct {
    size_t factor, packets, answered;
    const char *what;
} worst;

/* Sends it and measures what comes out of the host by it. */
static void measure_from(struct sim_host *host, const sctpx_addr *from, struct pb *pb,
                         const char *what)
{
    struct sim *sim = host->sim;
    size_t headers = from->family == SCTPX_IPV4 ? IPV4_UDP_HEADERS : IPV6_UDP_HEADERS;
    size_t mark = sim_mark(sim), length, out = 0, n = 0;
    uint8_t *packet = pb_finish(pb, &length);
    sim_inject(sim, from, &host->addrs[0], packet, length);
    free(packet);
    sim_flush(sim);
    const struct sim_record *record;
    struct sim_query query = {.from = host, .chunk = SIM_ANY, .since = mark};
    for (; (record = sim_nth(sim, query, n)) != NULL; n++)
        out += record->length + headers;
    size_t factor = out * 1000 / (length + headers);
    if (n > 1 || factor >= 3000)
        sim_fail(sim, "%s: %zu packets and %zu bytes for one of %zu", what, n, out,
                 length + headers);
    worst.packets++;
    worst.answered += n;
    if (factor > worst.factor) {
        worst.factor = factor;
        worst.what = what;
    }
}

static void measure(struct sim_raw *raw, struct pb *pb, const char *what)
{
    measure_from(raw->host, &raw->addr, pb, what);
}

static sctpx_addr public_ipv6(uint8_t n)
{
    return (sctpx_addr){
        .family = SCTPX_IPV6, .udp_port = SIM_UDP_PORT, .ip = {0x20, 0x01, [14] = 9, [15] = n}};
}

/* A server with so many addresses that everybody may know, and a stranger. */
static struct sim_raw public_server(struct sim *sim, bool is_ipv6, uint8_t addrs)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_burst = UINT32_MAX; /* what is measured is the worst */
    struct sim_host *host = sim_host_new(sim, "b", addrs, &options);
    for (uint8_t i = 0; i < addrs; i++)
        host->addrs[i] = is_ipv6 ? public_ipv6((uint8_t)(i + 1))
                                 : sim_ipv4(198, 51, 100, (uint8_t)(i + 1), SIM_UDP_PORT);
    sim_host_crash(host);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    if (is_ipv6)
        raw.addr = public_ipv6(99);
    return raw;
}

/* ---- INIT ------------------------------------------------------------------------------------ */

/* One of many shapes: kind says what it is full of, n how full. */
static void put_params(struct pb *pb, int kind, uint32_t n)
{
    static const uint8_t bytes[400];
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t ip[16] = {0x20, 0x01, [14] = 7, [15] = (uint8_t)i};
        switch (kind) {
        case 0: /* to be reported, empty */
            pb_item(pb, 0xC123, NULL, 0);
            break;
        case 1: /* the same with contents */
            pb_item(pb, (uint16_t)(0xC000 + i), bytes, i * 7 % 60);
            break;
        case 2: /* report and stop */
            pb_item(pb, 0x4000, bytes, n);
            break;
        case 3:
            pb_ipv4(pb, 0xC6336480 + i);
            break;
        case 4:
            pb_ipv6(pb, ip);
            break;
        case 5: /* refused, with what is quoted */
            pb_item(pb, 11, bytes, n * 9);
            break;
        case 6:
            pb_item(pb, (uint16_t)(i % 16), bytes, n % 24);
            break;
        default:
            pb_cookie_preservative(pb, UINT32_MAX);
            pb_item(pb, 0xC00F, bytes, 1);
            break;
        }
    }
}

/* covers: 5062/9-1 */
static void test_attack_bombing4_inits_of_every_shape(void **state)
{
    for (int variant = 0; variant < 8; variant++) {
        struct sim_raw raw =
            public_server(sim_renew(state), variant & 1, variant & 2 ? SCTPX_MAX_LOCALS : 1);
        for (int kind = 0; kind < 8; kind++)
            for (uint32_t n = 0; n <= 40; n++) {
                raw.os = variant & 4 && n % 2 ? 0 : 10; /* one that is refused */
                raw.rwnd = variant & 4 && n % 3 ? 0 : 100000;
                raw.host_port = (uint16_t)(variant & 4 && n % 5 == 0 ? SIM_PORT + 1 : SIM_PORT);
                struct pb *pb = sim_raw_init(&raw);
                put_params(pb, kind, n);
                pb_end(pb);
                measure(&raw, pb, "INIT");
            }
        sim_run_for(*state, 5 * SIM_SECOND);
        assert_int_equal(sim_stats(raw.host).associations, 0);
        sim_finish(*state);
    }
}

/* Without encapsulation there are fewer headers to count. covers: 5062/9-1 */
static void test_attack_bombing4_without_udp(void **state)
{
    struct sim_raw raw = public_server(*state, false, SCTPX_MAX_LOCALS);
    raw.addr.udp_port = 0;
    for (uint32_t n = 0; n < 40; n++) {
        struct pb *pb = sim_raw_init(&raw);
        put_params(pb, 0, n);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        const struct sim_record *answer =
            sim_last(*state, (struct sim_query){.chunk = SIM_INIT_ACK});
        assert_true(answer->length + 20 < 3 * (32 + 4 * n + 20));
    }
    sim_finish(*state);
}

/* Address parameters in an INIT ACK. */
static size_t count_addresses(struct sim *sim, const struct sim_record *record)
{
    const struct sim_chunk *chunk = sim_find_chunk(sim, record, SIM_INIT_ACK);
    size_t n = 0, at = chunk->offset + 20, end = chunk->offset + chunk->length;
    while (at + 4 <= end) {
        const uint8_t *param = record->raw + at;
        n += param[0] == 0 && (param[1] == PARAM_IPV4 || param[1] == PARAM_IPV6);
        at += ((size_t)(param[2] << 8 | param[3]) + 3) & ~(size_t)3;
    }
    return n;
}

/* Our addresses are left out only as far as they must. covers: 5062/9-1 */
static void test_attack_bombing4_addresses_as_far_as_there_is_room(void **state)
{
    for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = public_server(sim, is_ipv6, SCTPX_MAX_LOCALS);
        for (size_t unknown = 0; unknown <= 40; unknown++) {
            struct pb *pb = sim_raw_init(&raw);
            put_params(pb, 0, (uint32_t)unknown);
            pb_end(pb);
            sim_raw_send(&raw, pb);
            assert_true(count_addresses(sim, sim_raw_last(&raw, SIM_INIT_ACK)) > 0);
        }
        sim_finish(sim);
    }
}

/* ---- everything else of a stranger ----------------------------------------------------------- */

/* covers: 5062/8-1 */
static void test_attack_bombing3_every_chunk_of_a_stranger(void **state)
{
    for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
        struct sim_raw raw = public_server(sim_renew(state), is_ipv6, 1);
        for (int type = 0; type < 256; type++)
            for (uint32_t tag = 0; tag < 2; tag++) {
                struct pb *pb = pb_new(raw.port, raw.host_port, tag * 4711);
                sim_put_chunk(pb, (uint8_t)type);
                measure(&raw, pb, "one chunk");
                pb = pb_new(raw.port, raw.host_port, tag * 4711);
                sim_put_lie(pb, (uint8_t)type, 0, 4); /* the smallest packet there is */
                measure(&raw, pb, "an empty chunk");
            }
        sim_run_for(*state, 5 * SIM_SECOND);
        sim_finish(*state);
    }
}

/* Bundles of all that asks for an answer, up to the longest packet. covers: 5062/8-1 */
static void test_attack_bombing3_bundles_of_a_stranger(void **state)
{
    struct sim_raw raw = public_server(*state, false, 1);
    uint64_t random = 3;
    for (unsigned n = 1; n < 1000; n += 1 + n / 8)
        for (int kind = 0; kind < 20; kind++) {
            struct pb *pb = pb_new(raw.port, raw.host_port, kind == 0 ? 0 : 4711);
            for (unsigned i = 0; i < n; i++)
                sim_put_chunk(pb, (uint8_t)(kind < 16 ? kind : (int)(sim_draw(&random) % 256)));
            measure(&raw, pb, "a bundle");
        }
    sim_finish(*state);
}

/* covers: 5062/8-1 */
static void test_attack_bombing3_junk(void **state)
{
    struct sim_raw raw = public_server(*state, false, SCTPX_MAX_LOCALS);
    uint64_t random = 9;
    for (int round = 0; round < 5000; round++) {
        struct pb *pb = pb_new(raw.port, raw.host_port, round % 3 == 0 ? 0 : 5);
        for (uint64_t i = 1 + sim_draw(&random) % 4; i > 0; i--) {
            pb_chunk(pb, (uint8_t)(sim_draw(&random) % 20), (uint8_t)round);
            for (uint64_t n = sim_draw(&random) % 12; n > 0; n--)
                pb_u32(pb, (uint32_t)sim_draw(&random) >> sim_draw(&random) % 32);
            pb_end(pb);
        }
        measure(&raw, pb, "junk");
    }
    sim_finish(*state);
}

/* covers: 5062/8-1 attacks/C2 */
static void test_attack_bombing3_cookies(void **state)
{
    struct sim *sim = *state;
    for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
        sim = sim_renew(state);
        struct sim_raw raw = public_server(sim, is_ipv6, 1);
        sim_raw_get_cookie(&raw);
        raw.cookie[raw.cookie_length - 1] ^= 1;
        measure(&raw, sim_raw_echo(&raw), "COOKIE ECHO, forged");
        raw.cookie[raw.cookie_length - 1] ^= 1;
        raw.host_port++;
        measure(&raw, sim_raw_echo(&raw), "COOKIE ECHO, redirected");
        raw.host_port--;
        measure(&raw, sim_raw_echo(&raw), "COOKIE ECHO");
        sim_raw_abort(&raw);
        assert_int_equal(sctpx_endpoint_unlisten(raw.host->endpoint, sim->now, SIM_PORT), 0);
        measure(&raw, sim_raw_echo(&raw), "COOKIE ECHO, nobody listens");
        sim_listen(raw.host, SIM_PORT, NULL);
        sim_run_for(sim, 61 * SIM_SECOND);
        measure(&raw, sim_raw_echo(&raw), "COOKIE ECHO, stale");
        sim_finish(sim);
    }
}

/* ---- with the address of a peer -------------------------------------------------------------- */

static void measure_in_state(struct sim_pair *pair, uint32_t addrs)
{
    sctpx_assoc_status status = sim_status(pair->ab);
    for (uint32_t n = 0; n < 20; n++) {
        struct pb *pb = pb_new(status.remote_port, status.local_port, 0);
        pb_init(pb, n + 1, 100000, 5, 5, 5);
        put_params(pb, (int)(n % 8), n);
        for (uint32_t i = 0; i < addrs; i++)
            pb_ipv4(pb, 0x0A020301 + i); /* new ones: that is refused, and they are named */
        pb_end(pb);
        measure_from(pair->a, &pair->b->addrs[0], pb, "INIT in the name of a peer");
    }
    for (int type = 0; type < 256; type++) {
        struct pb *pb = pb_new(status.remote_port, status.local_port, status.local_tag ^ 1);
        sim_put_chunk(pb, (uint8_t)type);
        measure_from(pair->a, &pair->b->addrs[0], pb, "a wrong tag in the name of a peer");
    }
}

/* The name of somebody whom we do know, whatever we do with him. covers: 5062/8-1 5062/9-1 */
static void test_attack_bombing4_in_the_name_of_a_peer(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++)
        for (uint32_t addrs = 0; addrs < 12; addrs += 11) {
            struct sim *sim = sim_renew(state);
            struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
            measure_in_state(&pair, addrs);
            sim_finish(sim);
        }
}

/* ---- a peer with an association -------------------------------------------------------------- */

/* A path that takes little gets no more packets: what does not fit is dropped. covers: 5062/10-1 */
static void test_attack_bombing5_small_mtu_gets_no_more_packets(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.mtu = 576;
    struct sim_siege siege = sim_siege(sim, &options);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_connect(&raw);
    sim_raw_data(&raw, 0, 0, 10);
    static const uint8_t info[300];
    for (size_t n = 1; n < 40; n++)
        for (int kind = 0; kind < 3; kind++) {
            struct pb *pb = sim_raw_packet(&raw);
            for (size_t i = 0; i < n; i++) {
                if (kind != 1)
                    pb_heartbeat(pb, info, sizeof(info));
                if (kind != 0)
                    sim_put_chunk(pb, (uint8_t)(0xC3 + i)); /* each to be reported */
            }
            size_t mark = sim_mark(sim);
            sim_raw_send(&raw, pb);
            assert_int_equal(sim_mark(sim), mark + 1);
        }
    sim_run_for(sim, SIM_SECOND);
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

static int tell(void **state)
{
    (void)state;
    print_message("amplification: %zu.%03zu at most (%s), by bytes with IP and UDP headers; %zu "
                  "packets in, %zu out\n",
                  worst.factor / 1000, worst.factor % 1000, worst.what ? worst.what : "nothing",
                  worst.packets, worst.answered);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_bombing4_inits_of_every_shape),
        sim_unit_test(test_attack_bombing4_without_udp),
        sim_unit_test(test_attack_bombing4_addresses_as_far_as_there_is_room),
        sim_unit_test(test_attack_bombing3_every_chunk_of_a_stranger),
        sim_unit_test(test_attack_bombing3_bundles_of_a_stranger),
        sim_unit_test(test_attack_bombing3_junk),
        sim_unit_test(test_attack_bombing3_cookies),
        sim_unit_test(test_attack_bombing4_in_the_name_of_a_peer),
        sim_unit_test(test_attack_bombing5_small_mtu_gets_no_more_packets),
    };
    return cmocka_run_group_tests_name("scenario.attack_amplification", tests, NULL, tell);
}
