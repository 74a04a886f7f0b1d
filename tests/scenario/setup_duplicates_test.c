/* SPDX-License-Identifier: MIT */
/* Setup chunks that come again, late or unasked, in every state (RFC 9260 5.2). */
#include "sim/raw.h"
#include "sim/sim.h"
#include "sim/states.h"

/* Gives all setup packets that were ever sent to their receivers once more. */
static void replay_setup(struct sim *sim, size_t until)
{
    static const int types[] = {SIM_INIT, SIM_INIT_ACK, SIM_COOKIE_ECHO, SIM_COOKIE_ACK};
    for (size_t i = 0; i < 4; i++) {
        const struct sim_record *record = sim_nth(sim, (struct sim_query){.chunk = types[i]}, 0);
        if (record)
            sim_replay(sim, record);
        sim_flush(sim);
    }
    assert_true(sim_mark(sim) - until < 10);
}

static void check_state(struct sim *sim, enum sctpx_assoc_state wanted)
{
    struct sim_pair pair = sim_pair_in_state(sim, wanted);
    uint32_t local = sim_status(pair.ab).local_tag, remote = sim_status(pair.ab).remote_tag;
    for (int i = 0; i < 3; i++) {
        replay_setup(sim, sim_mark(sim));
        /* A replayed INIT ACK or COOKIE ACK is what COOKIE_WAIT and COOKIE_ECHOED wait for. */
        if (wanted >= SCTPX_ESTABLISHED)
            assert_int_equal(sim_state(pair.ab), wanted);
    }
    sim_run_for(sim, 50 * SIM_MS);
    if (wanted >= SCTPX_ESTABLISHED) {
        assert_int_equal(sim_state(pair.ab), wanted);
        assert_int_equal(sim_status(pair.ab).local_tag, local);
        assert_int_equal(sim_status(pair.ab).remote_tag, remote);
    }
    sim_pair_check_end(&pair, wanted);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_UP), 1);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_INCOMING), 1);
    sim_finish(sim);
}

static void test_cookie_wait(void **state)
{
    check_state(*state, SCTPX_COOKIE_WAIT);
}

static void test_cookie_echoed(void **state)
{
    check_state(*state, SCTPX_COOKIE_ECHOED);
}

static void test_established(void **state)
{
    check_state(*state, SCTPX_ESTABLISHED);
}

static void test_shutdown_pending(void **state)
{
    check_state(*state, SCTPX_SHUTDOWN_PENDING);
}

static void test_shutdown_sent(void **state)
{
    check_state(*state, SCTPX_SHUTDOWN_SENT);
}

static void test_shutdown_received(void **state)
{
    check_state(*state, SCTPX_SHUTDOWN_RECEIVED);
}

static void test_shutdown_ack_sent(void **state)
{
    check_state(*state, SCTPX_SHUTDOWN_ACK_SENT);
}

/* 5.2.2: answered, with tie-tags that are no real tags, and nothing else happens. */
static void test_unexpected_init_in_established(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sctpx_assoc_status before = sim_status(pair.ba);
    size_t blocks = pair.b->live_blocks, mark = sim_mark(sim);
    struct pb *pb = pb_new(before.remote_port, before.local_port, 0);
    pb_init(pb, 0xABCD1234, 50000, 5, 5, 77);
    pb_end(pb);
    sim_inject_pb(sim, &pair.a->addrs[0], &pair.b->addrs[0], pb);
    sim_flush(sim);
    const struct sim_record *ack =
        sim_nth(sim, (struct sim_query){.from = pair.b, .chunk = SIM_INIT_ACK, .since = mark}, 0);
    assert_non_null(ack);
    assert_int_equal(ack->vtag, 0xABCD1234);
    assert_int_not_equal(sim_find_chunk(sim, ack, SIM_INIT_ACK)->tag, before.local_tag);
    sctpx_assoc_status after = sim_status(pair.ba);
    assert_int_equal(after.state, SCTPX_ESTABLISHED);
    assert_int_equal(after.local_tag, before.local_tag);
    assert_int_equal(after.remote_tag, before.remote_tag);
    assert_int_equal(after.out_streams, before.out_streams);
    assert_int_equal(pair.b->live_blocks, blocks);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    sim_finish(sim);
}

static void test_thousand_inits_in_established(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sctpx_assoc_status status = sim_status(pair.ba);
    size_t bytes = pair.b->live_bytes;
    for (uint32_t i = 1; i <= 1000; i++) {
        struct pb *pb = pb_new(status.remote_port, status.local_port, 0);
        pb_init(pb, i, 50000, 5, 5, i);
        pb_end(pb);
        sim_inject_pb(sim, &pair.a->addrs[0], &pair.b->addrs[0], pb);
        sim_flush(sim);
    }
    assert_int_equal(pair.b->live_bytes, bytes);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* 5.2.3 and 5.2.5, from somebody who knows tag and ports. */
static void test_unexpected_init_ack_and_cookie_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    size_t mark = sim_mark(sim);
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_init_ack(pb, 0x77777777, 50000, 5, 5, 77);
    pb_cookie(pb, "abc", 3);
    pb_end(pb);
    sim_peer_send(pair.ab, pb);
    pb = sim_peer_packet(pair.ab);
    pb_cookie_ack(pb);
    sim_peer_send(pair.ab, pb);
    assert_int_equal(sim_mark(sim), mark);
    assert_int_not_equal(sim_status(pair.ab).remote_tag, 0x77777777);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* A second INIT ACK in COOKIE_ECHOED must not replace the first one's numbers. */
static void test_second_init_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_in_state(sim, SCTPX_COOKIE_ECHOED);
    uint32_t remote_tag = sim_status(pair.ab).remote_tag;
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_init_ack(pb, 0x77777777, 50000, 5, 5, 77);
    pb_cookie(pb, "abc", 3);
    pb_end(pb);
    sim_peer_send(pair.ab, pb);
    assert_int_equal(sim_state(pair.ab), SCTPX_COOKIE_ECHOED);
    assert_int_equal(sim_status(pair.ab).remote_tag, remote_tag);
    sim_pair_check_end(&pair, SCTPX_COOKIE_ECHOED);
    sim_finish(sim);
}

/* Everything of a set-up twice and late, by the network. */
static void test_network_duplicates_everything(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config twice = {.delay_us = 10 * SIM_MS,
                                    .duplicate_permille = 1000,
                                    .reorder_permille = 300,
                                    .reorder_us = 40 * SIM_MS};
    sim_set_links(sim, &twice);
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_INCOMING), 1);
    assert_int_equal(sim_stats(pair.b).associations, 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_cookie_wait),
        sim_unit_test(test_cookie_echoed),
        sim_unit_test(test_established),
        sim_unit_test(test_shutdown_pending),
        sim_unit_test(test_shutdown_sent),
        sim_unit_test(test_shutdown_received),
        sim_unit_test(test_shutdown_ack_sent),
        sim_unit_test(test_unexpected_init_in_established),
        sim_unit_test(test_thousand_inits_in_established),
        sim_unit_test(test_unexpected_init_ack_and_cookie_ack),
        sim_unit_test(test_second_init_ack),
        sim_unit_test(test_network_duplicates_everything),
    };
    return cmocka_run_group_tests_name("scenario.setup_duplicates", tests, NULL, NULL);
}
