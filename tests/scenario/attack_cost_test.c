/* SPDX-License-Identifier: MIT */
/*
 * What strangers cost: MACs and allocations are counted where they are made. EVP_MAC_final() of
 * libcrypto is replaced in this program by one that counts (and fails on demand) and calls the real
 * one; libcrypto's blocks are counted by its own hooks, the engine's allocations by the simulator.
 */
#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "sim/siege.h"

enum { HALF_OPEN = 100000, SHORT_LIVES = 5000 };

/* libcrypto copies the state of the hash for each MAC, and gives the copy back at once. */
enum { CRYPTO_BLOCKS_PER_MAC = 2 };

static uint64_t macs, crypto_allocations;
static int64_t crypto_blocks; /* that it holds */
static bool is_mac_broken;

int EVP_MAC_final(EVP_MAC_CTX *ctx, unsigned char *out, size_t *outl, size_t outsize)
{
    static int (*real)(EVP_MAC_CTX *, unsigned char *, size_t *, size_t);
    void *symbol;
    macs++;
    if (is_mac_broken)
        return 0;
    if (!real) {
        symbol = dlsym(RTLD_NEXT, "EVP_MAC_final");
        assert_non_null(symbol);
        memcpy(&real, &symbol, sizeof(real));
    }
    return real(ctx, out, outl, outsize);
}

static void *count_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    crypto_allocations++;
    crypto_blocks++;
    return malloc(size);
}

static void *count_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    crypto_allocations++;
    crypto_blocks += memory == NULL;
    return realloc(memory, size);
}

static void plain_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    crypto_blocks -= memory != NULL;
    free(memory);
}

/* What one packet of a stranger costs. */
struct cost {
    uint64_t macs, allocations, crypto_allocations;
    int64_t crypto_blocks;
};

static struct cost cost_of(struct sim_raw *raw, struct pb *pb)
{
    struct cost before = {macs, raw->host->allocations, crypto_allocations, crypto_blocks};
    sim_raw_send(raw, pb);
    return (struct cost){
        macs - before.macs,
        raw->host->allocations - before.allocations,
        crypto_allocations - before.crypto_allocations,
        crypto_blocks - before.crypto_blocks,
    };
}

static void check_cost(struct cost cost, uint64_t expected_macs)
{
    assert_int_equal(cost.macs, expected_macs);
    assert_int_equal(cost.allocations, 0);
    assert_true(cost.crypto_allocations <= expected_macs * CRYPTO_BLOCKS_PER_MAC);
    assert_int_equal(cost.crypto_blocks, 0);
}

/* The first one of a process and of a key are not the rule: libcrypto looks things up. */
static struct sim_raw warm(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_get_cookie(&raw);
    return raw;
}

/* covers: attacks/F1 */
static void test_attack_F1_an_init_costs_one_mac_and_no_memory(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = warm(sim);
    for (uint32_t i = 0; i < 1000; i++) {
        raw.tag = 1 + i;
        struct pb *pb = sim_raw_init(&raw);
        for (uint32_t n = 0; n < i % 20; n++)
            pb_ipv4(pb, 0xC0000210 + n);
        for (uint32_t n = 0; n < i % 7; n++)
            pb_item(pb, (uint16_t)(0xC100 + n), "unknown", 7);
        check_cost(cost_of(&raw, pb), 1);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1001);
    sim_finish(sim);
}

/* INITs that are not answered with a cookie need no MAC at all. covers: attacks/F1 */
static void test_attack_F1_a_refused_init_costs_no_mac(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = warm(sim);
    raw.os = 0;
    check_cost(cost_of(&raw, sim_raw_init(&raw)), 0);
    raw.os = 10;
    raw.host_port = SIM_PORT + 1;
    check_cost(cost_of(&raw, sim_raw_init(&raw)), 0);
    raw.host_port = SIM_PORT;
    raw.rwnd = 0;
    check_cost(cost_of(&raw, sim_raw_init(&raw)), 0);
    sim_finish(sim);
}

/* covers: attacks/F2 */
static void test_attack_F2_a_forged_cookie_costs_one_mac_at_most(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = warm(sim);
    size_t length = raw.cookie_length;
    raw.cookie[length - 1] ^= 1;
    check_cost(cost_of(&raw, sim_raw_echo(&raw)), 1);
    raw.cookie[1] ^= 0x40; /* under a key there is not */
    check_cost(cost_of(&raw, sim_raw_echo(&raw)), 0);
    raw.cookie_length = sizeof(raw.cookie); /* longer than any */
    check_cost(cost_of(&raw, sim_raw_echo(&raw)), 0);
    raw.cookie_length = 3;
    check_cost(cost_of(&raw, sim_raw_echo(&raw)), 0);
    sim_finish(sim);
}

/* Everything else that comes out of the blue. covers: attacks/F2 */
static void test_attack_F2_other_chunks_cost_no_mac(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = warm(sim);
    raw.host_tag = 4711;
    for (int type = 0; type < 256; type++) {
        struct pb *pb = sim_raw_packet(&raw);
        sim_put_chunk(pb, (uint8_t)type);
        check_cost(cost_of(&raw, pb), 0);
    }
    sim_finish(sim);
}

/* ---- many set-ups ---------------------------------------------------------------------------- */

/* The latest packet to peers that are not simulated, where nothing is recorded. */
struct tap {
    uint8_t bytes[1500];
    size_t length;
};

static bool tap_packet(void *context, struct sim *sim, struct sim_packet *packet)
{
    struct tap *tap = context;
    (void)sim;
    assert_true(packet->length <= sizeof(tap->bytes));
    memcpy(tap->bytes, packet->data, packet->length);
    tap->length = packet->length;
    return true;
}

/* The cookie is the first parameter of our INIT ACKs. */
static void take_cookie(const struct tap *tap, struct sim_raw *raw)
{
    const uint8_t *chunk = tap->bytes + 12;
    assert_int_equal(chunk[0], SIM_INIT_ACK);
    assert_int_equal(chunk[20] << 8 | chunk[21], 7);
    raw->host_tag =
        (uint32_t)chunk[4] << 24 | (uint32_t)chunk[5] << 16 | (uint32_t)chunk[6] << 8 | chunk[7];
    raw->cookie_length = (size_t)(chunk[22] << 8 | chunk[23]) - 4;
    memcpy(raw->cookie, chunk + 24, raw->cookie_length);
}

static struct sim_raw nth_peer(struct sim_host *host, uint32_t n)
{
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.addr = sim_ipv4(192, 0, 2, (uint8_t)(1 + n / 60000), SIM_UDP_PORT);
    raw.port = (uint16_t)(1024 + n % 60000);
    raw.tag = n + 1;
    return raw;
}

/* covers: attacks/C13 */
static void test_attack_C13_half_open_setups(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    sim->capture_off = true;
    uint64_t allocations = siege.host->allocations;
    for (uint32_t n = 0; n < HALF_OPEN; n++) {
        if (n % 9000 == 0)
            sim->now += SIM_SECOND; /* the rate of INIT ACKs */
        struct sim_raw raw = nth_peer(siege.host, n);
        sim_raw_send(&raw, sim_raw_init(&raw));
    }
    assert_int_equal(siege.host->allocations, allocations);
    assert_int_equal(sim_stats(siege.host).inits, HALF_OPEN + 1);
    assert_int_equal(sim_stats(siege.host).dropped_rate, 0);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Set up and aborted at once, nobody accepts: the backlog counts back. covers: attacks/C13 */
static void test_attack_C13_aborted_setups(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct tap tap;
    siege.host->auto_accept = false;
    sim->capture_off = true;
    sim_add_filter(sim, tap_packet, &tap);
    for (uint32_t n = 0; n < HALF_OPEN / 4; n++) {
        if (n % 9000 == 0)
            sim->now += SIM_SECOND;
        struct sim_raw raw = nth_peer(siege.host, n);
        sim_raw_send(&raw, sim_raw_init(&raw));
        take_cookie(&tap, &raw);
        assert_int_equal(sim_raw_send(&raw, sim_raw_echo(&raw)), 0);
        assert_int_equal(sctpx_endpoint_backlog(siege.host->endpoint, SIM_PORT), 1);
        sim_raw_abort(&raw);
        assert_int_equal(sctpx_endpoint_backlog(siege.host->endpoint, SIM_PORT), 0);
    }
    sim_clear_filters(sim);
    assert_int_equal(sim_stats(siege.host).cookies_accepted, HALF_OPEN / 4 + 1);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* One cookie makes one association, however often it comes. covers: attacks/C14 */
static void test_attack_C14_one_cookie_again_and_again(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_get_cookie(&raw);
    assert_int_equal(sim_raw_send(&raw, sim_raw_echo(&raw)), 0);
    sim_raw_abort(&raw);
    for (int i = 0; i < SHORT_LIVES; i++) {
        assert_int_equal(sim_raw_send(&raw, sim_raw_echo(&raw)), SCTPX_ENOASSOC);
        sim->now += 100; /* microseconds */
    }
    assert_int_equal(sim_stats(siege.host).cookies_accepted, 2); /* one is the siege's own */
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* What short lives take goes without a trace. covers: attacks/C14 */
static void test_attack_C14_cookie_echo_and_abort(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    siege.host->auto_accept = false;
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    size_t bytes = 0;
    for (int i = 0; i < SHORT_LIVES; i++) {
        sim_raw_get_cookie(&raw);
        assert_int_equal(sim_raw_send(&raw, sim_raw_echo(&raw)), 0);
        sim_raw_abort(&raw);
        if (i == 100) /* pools have what they need */
            bytes = siege.host->live_bytes;
        sim->now += 100; /* microseconds */
    }
    assert_int_equal(siege.host->live_bytes, bytes);
    assert_int_equal(sim_stats(siege.host).cookies_accepted, SHORT_LIVES + 1);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ---- libcrypto fails ------------------------------------------------------------------------- */

/* No cookie without a MAC, and none is taken without one. covers: attacks/C19 */
static void test_attack_C19_the_mac_fails(void **state)
{
    struct sim *sim = *state;
    is_mac_broken = false; /* a run before may have ended early */
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_get_cookie(&raw);
    size_t mark = sim_mark(sim);
    is_mac_broken = true;
    for (int i = 0; i < 10; i++) {
        sim_raw_send(&raw, sim_raw_init(&raw));
        sim_raw_send(&raw, sim_raw_echo(&raw));
    }
    is_mac_broken = false;
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(siege.host->n_conns, 1);
    sim_raw_send(&raw, sim_raw_echo(&raw));
    assert_int_equal(siege.host->n_conns, 2);
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, plain_free) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_F1_an_init_costs_one_mac_and_no_memory),
        sim_unit_test(test_attack_F1_a_refused_init_costs_no_mac),
        sim_unit_test(test_attack_F2_a_forged_cookie_costs_one_mac_at_most),
        sim_unit_test(test_attack_F2_other_chunks_cost_no_mac),
        sim_unit_test(test_attack_C13_half_open_setups),
        sim_unit_test(test_attack_C13_aborted_setups),
        sim_unit_test(test_attack_C14_one_cookie_again_and_again),
        sim_unit_test(test_attack_C14_cookie_echo_and_abort),
        sim_unit_test(test_attack_C19_the_mac_fails),
    };
    return cmocka_run_group_tests_name("scenario.attack_cost", tests, NULL, NULL);
}
