/* SPDX-License-Identifier: MIT */
/* Setting up an association when nothing is strange but the network (RFC 9260 5.1). */
#include "sim/raw.h"
#include "sim/sim.h"

static void connect_hosts(struct sim *sim, struct sim_pair *ret_pair,
                          const sctpx_assoc_options *options)
{
    ret_pair->a = sim_host_new(sim, "a", 1, NULL);
    ret_pair->b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(ret_pair->b, SIM_PORT, NULL);
    ret_pair->ab = sim_connect(ret_pair->a, ret_pair->b, SIM_PORT, options);
    ret_pair->ba = NULL;
}

static void check_works(struct sim_pair *pair)
{
    pair->ba = sim_accepted(pair->b, 0);
    sim_send(pair->ab, 0, 100);
    sim_send(pair->ba, 0, 100);
    sim_run_until_received(pair->ba, pair->ba->received_messages + 1, 10 * SIM_SECOND);
    sim_run_until_received(pair->ab, pair->ab->received_messages + 1, 10 * SIM_SECOND);
    assert_int_equal(sim_event_count(pair->a, SCTPX_EVENT_UP), 1);
    assert_int_equal(sim_event_count(pair->b, SCTPX_EVENT_INCOMING), 1);
    assert_int_equal(sim_event_count(pair->a, SCTPX_EVENT_CLOSED), 0);
}

static void test_takes_two_round_trips(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sctpx_time start = sim->now;
    sim_run_until_up(pair.ab, SIM_SECOND);
    assert_int_equal(sim->now - start, 40 * SIM_MS);
    assert_int_equal(sim_state(pair.ab), SCTPX_ESTABLISHED);
    pair.ba = sim_accepted(pair.b, 0);
    assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    assert_int_equal(sim_mark(sim), 4);
    check_works(&pair);
    sim_finish(sim);
}

static void test_fields_of_the_four_packets(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sim_run_until_up(pair.ab, SIM_SECOND);
    const struct sim_record *init = sim_sent_nth(pair.a, SIM_INIT, 0);
    const struct sim_record *init_ack = sim_sent_nth(pair.b, SIM_INIT_ACK, 0);
    const struct sim_record *cookie_echo = sim_sent_nth(pair.a, SIM_COOKIE_ECHO, 0);
    const struct sim_record *cookie_ack = sim_sent_nth(pair.b, SIM_COOKIE_ACK, 0);
    const struct sim_chunk *init_chunk = sim_find_chunk(sim, init, SIM_INIT);
    const struct sim_chunk *ack_chunk = sim_find_chunk(sim, init_ack, SIM_INIT_ACK);
    assert_int_equal(init->vtag, 0);
    assert_int_equal(init->destination_port, SIM_PORT);
    assert_int_not_equal(init_chunk->tag, 0);
    assert_int_equal(init_ack->vtag, init_chunk->tag);
    assert_int_equal(init_ack->destination_port, init->source_port);
    assert_int_equal(cookie_echo->vtag, ack_chunk->tag);
    assert_int_equal(cookie_ack->vtag, init_chunk->tag);
    assert_int_equal(sim_status(pair.ab).local_tag, init_chunk->tag);
    assert_int_equal(sim_status(pair.ab).remote_tag, ack_chunk->tag);
    sim_finish(sim);
}

static void test_nothing_is_allocated_for_an_init(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    size_t blocks = host->live_blocks;
    for (uint8_t i = 1; i < 100; i++) {
        struct sim_raw raw = sim_raw_new(host, i);
        sim_raw_send(&raw, sim_raw_init(&raw));
        assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1);
    }
    assert_int_equal(host->live_blocks, blocks);
    assert_int_equal(sim_stats(host).associations, 0);
    sim_finish(sim);
}

/* INITs go out after 1, 2, 4 ... seconds (6.3.3 E2 as 5.1 asks for). */
static void test_lost_inits_are_repeated_with_backoff(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sctpx_time start = sim->now;
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_INIT, .count = 4});
    sim_run_until_up(pair.ab, 60 * SIM_SECOND);
    static const sctpx_time seconds[] = {0, 1, 3, 7, 15};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(sim_sent_nth(pair.a, SIM_INIT, i)->at - start, seconds[i] * SIM_SECOND);
    assert_int_equal(sim_sent(pair.a, SIM_INIT), 5);
    check_works(&pair);
    sim_finish(sim);
}

static void test_repeated_init_is_the_same(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_INIT, .count = 1});
    sim_run_until_up(pair.ab, 60 * SIM_SECOND);
    const struct sim_record *first = sim_sent_nth(pair.a, SIM_INIT, 0);
    const struct sim_record *second = sim_sent_nth(pair.a, SIM_INIT, 1);
    assert_int_equal(first->length, second->length);
    assert_memory_equal(first->raw, second->raw, first->length);
    sim_finish(sim);
}

static void check_survives_loss(struct sim *sim, bool from_a, int chunk, unsigned count,
                                sctpx_time expected_us)
{
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sctpx_time start = sim->now;
    sim_add_drop(
        sim, (struct sim_drop){.from = from_a ? pair.a : pair.b, .chunk = chunk, .count = count});
    sim_run_until_up(pair.ab, 60 * SIM_SECOND);
    /* From the second round trip on, the RTO may have been measured; its minimum is 1 s too. */
    assert_int_equal(sim->now - start, expected_us);
    check_works(&pair);
    sim_finish(sim);
}

static void test_lost_init_ack(void **state)
{
    check_survives_loss(*state, false, SIM_INIT_ACK, 1, SIM_SECOND + 40 * SIM_MS);
}

static void test_lost_cookie_echo(void **state)
{
    check_survives_loss(*state, true, SIM_COOKIE_ECHO, 1, SIM_SECOND + 40 * SIM_MS);
}

static void test_cookie_echo_lost_three_times(void **state)
{
    check_survives_loss(*state, true, SIM_COOKIE_ECHO, 3, 7 * SIM_SECOND + 40 * SIM_MS);
}

static void test_lost_cookie_ack(void **state)
{
    check_survives_loss(*state, false, SIM_COOKIE_ACK, 2, 3 * SIM_SECOND + 40 * SIM_MS);
}

/* DATA from the server is no proof that it got our COOKIE ECHO for the client's state machine. */
static void test_server_data_while_cookie_ack_is_lost(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sim_add_drop(sim, (struct sim_drop){.from = pair.b, .chunk = SIM_COOKIE_ACK, .count = 1});
    sim_run_for(sim, 35 * SIM_MS);
    pair.ba = sim_accepted(pair.b, 0);
    sim_send(pair.ba, 0, 100);
    sim_run_until_up(pair.ab, 60 * SIM_SECOND);
    sim_run_until_received(pair.ab, 1, 60 * SIM_SECOND);
    check_works(&pair);
    sim_finish(sim);
}

static void check_gives_up(struct sim *sim, int chunk, bool from_a)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.max_init_retrans = 3;
    struct sim_pair pair;
    connect_hosts(sim, &pair, &options);
    sctpx_time start = sim->now;
    sim_add_drop(sim,
                 (struct sim_drop){.from = from_a ? pair.a : pair.b, .chunk = chunk, .count = 0});
    sim_run_until_closed(pair.ab, 600 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ETIMEDOUT);
    assert_int_equal(sim_status(pair.ab).error, SCTPX_ETIMEDOUT);
    assert_int_equal(sim_state(pair.ab), SCTPX_CLOSED);
    assert_true(sim->now - start >= 15 * SIM_SECOND);
    assert_true(sim->now - start <= 16 * SIM_SECOND);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_CLOSED), 1);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_UP), 0);
}

static void test_gives_up_after_max_init_retransmits(void **state)
{
    struct sim *sim = *state;
    check_gives_up(sim, SIM_INIT, true);
    assert_int_equal(sim_sent(sim->hosts[0], SIM_INIT), 4);
    assert_int_equal(sctpx_endpoint_next_deadline(sim->hosts[0]->endpoint), SCTPX_TIME_NEVER);
    sim_finish(sim);
}

static void test_gives_up_echoing_the_cookie(void **state)
{
    struct sim *sim = *state;
    check_gives_up(sim, SIM_COOKIE_ECHO, true);
    assert_int_equal(sim_sent(sim->hosts[0], SIM_COOKIE_ECHO), 4);
    sim_finish(sim);
}

static void test_default_patience(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sctpx_time start = sim->now;
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_run_until_closed(pair.ab, 600 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ETIMEDOUT);
    /* 1 + 2 + ... + 32, then RTO.Max = 60 s, for Max.Init.Retransmits = 8. */
    assert_int_equal(sim->now - start, (63 + 3 * 60) * SIM_SECOND);
    assert_int_equal(sim_sent(pair.a, SIM_INIT), 9);
    sim_finish(sim);
}

static void test_refused_port(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT + 1, NULL);
    sctpx_time start = sim->now;
    sim_run_until_closed(conn, SIM_SECOND);
    assert_int_equal(conn->error, SCTPX_EREFUSED);
    assert_int_equal(sim->now - start, 20 * SIM_MS);
    /* 8.4 rule 3: the tag is the INIT's, so the T bit is 0. */
    const struct sim_record *abort = sim_sent_nth(b, SIM_ABORT, 0);
    assert_int_equal(sim_find_chunk(sim, abort, SIM_ABORT)->flags & 1, 0);
    assert_int_equal(abort->vtag, sim_status(conn).local_tag);
    sim_finish(sim);
}

static void test_unreachable_port_of_the_carrier(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sim_flush(sim);
    sctpx_endpoint_on_unreachable(pair.a->endpoint, sim->now, &pair.b->addrs[0], NULL, 0);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EREFUSED);
    sim_finish(sim);
}

static void test_data_rides_on_cookie_echo(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sctpx_time start = sim->now;
    sim_send(pair.ab, 3, 500);
    sim_run_for(sim, 31 * SIM_MS);
    const struct sim_record *echo = sim_sent_nth(pair.a, SIM_COOKIE_ECHO, 0);
    assert_true(sim_record_has(echo, SIM_DATA));
    pair.ba = sim_accepted(pair.b, 0);
    assert_int_equal(pair.ba->received_messages, 1);
    /* 5.1.5 step 7: acknowledged at once, after COOKIE ACK. */
    const struct sim_record *ack = sim_sent_nth(pair.b, SIM_COOKIE_ACK, 0);
    assert_int_equal(ack->at - start, 30 * SIM_MS);
    assert_int_equal(sim_sent_nth(pair.b, SIM_SACK, 0)->at, ack->at);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    check_works(&pair);
    sim_finish(sim);
}

/* Only one packet may leave before COOKIE ACK, however much is queued (5.1 C). */
static void test_only_one_packet_with_cookie_echo(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1000});
    sim_run_for(sim, 39 * SIM_MS);
    assert_int_equal(sim_sent(pair.a, SIM_ANY), 2);
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_int_equal(sim_accepted(pair.b, 0)->received_messages, 100);
    sim_finish(sim);
}

static void test_data_of_lost_cookie_echo_is_not_lost(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair;
    connect_hosts(sim, &pair, NULL);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_COOKIE_ECHO, .count = 2});
    sim_send_load(pair.ab, (struct sim_load){.count = 10, .min_bytes = 700, .streams = 3});
    sim_run_until_up(pair.ab, 60 * SIM_SECOND);
    sim_run_until_received(sim_accepted(pair.b, 0), 10, 60 * SIM_SECOND);
    check_works(&pair);
    sim_finish(sim);
}

static void test_second_address_is_tried(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 2, NULL);
    sim_listen(b, SIM_PORT, NULL);
    sim_set_address_down(sim, &b->addrs[0], true);
    struct sim_conn *conn = sim_connect_to(a, b->addrs, 2, SIM_PORT, 0, NULL);
    sim_run_until_up(conn, 30 * SIM_SECOND);
    assert_true(
        sim_count(sim, (struct sim_query){.from = a, .to = b->addrs[1], .chunk = SIM_INIT}) > 0);
    sim_finish(sim);
}

/* 6.3.3 E2: other options do not take the back-off of the set-up back. */
static void test_options_keep_the_backoff(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, NULL);
    sim_run_for(sim, 20 * SIM_SECOND);
    sctpx_assoc_options options;
    sctpx_assoc_get_options(raw.conn->assoc, &options);
    assert_int_equal(sctpx_assoc_set_options(raw.conn->assoc, sim->now, &options), 0);
    assert_int_equal(sim_path(raw.conn, 0).rto_us, 16 * SIM_SECOND);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_takes_two_round_trips),
        sim_unit_test(test_fields_of_the_four_packets),
        sim_unit_test(test_nothing_is_allocated_for_an_init),
        sim_unit_test(test_lost_inits_are_repeated_with_backoff),
        sim_unit_test(test_repeated_init_is_the_same),
        sim_unit_test(test_lost_init_ack),
        sim_unit_test(test_lost_cookie_echo),
        sim_unit_test(test_cookie_echo_lost_three_times),
        sim_unit_test(test_lost_cookie_ack),
        sim_unit_test(test_server_data_while_cookie_ack_is_lost),
        sim_unit_test(test_gives_up_after_max_init_retransmits),
        sim_unit_test(test_gives_up_echoing_the_cookie),
        sim_unit_test(test_default_patience),
        sim_unit_test(test_refused_port),
        sim_unit_test(test_unreachable_port_of_the_carrier),
        sim_unit_test(test_data_rides_on_cookie_echo),
        sim_unit_test(test_only_one_packet_with_cookie_echo),
        sim_unit_test(test_data_of_lost_cookie_echo_is_not_lost),
        sim_unit_test(test_second_address_is_tried),
        sim_unit_test(test_options_keep_the_backoff),
    };
    return cmocka_run_group_tests_name("scenario.handshake", tests, NULL, NULL);
}
