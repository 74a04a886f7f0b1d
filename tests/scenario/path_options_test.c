/* SPDX-License-Identifier: MIT */
/*
 * Options of single paths (RFC 9260 11.1.9, 11.1.12, 11.1.13), the event of the path that new data
 * goes to, the DSCP of packets, and the figures of paths.
 */
#define SIM_BOTH_SENDERS
#include "sim/sim.h"

static bool all_confirmed(void *context)
{
    struct sim_conn *conn = context;
    for (size_t i = 0; i < sim_status(conn).paths; i++)
        if (!sim_path(conn, i).confirmed)
            return false;
    return true;
}

/* Two paths, confirmed. */
static struct sim_pair pair_of(struct sim *sim, const sctpx_assoc_options *options)
{
    struct sim_pair pair = sim_pair_multi(sim, 2, options);
    assert_true(sim_run_until(sim, all_confirmed, pair.ab, 30 * SIM_SECOND));
    assert_true(sim_run_until(sim, all_confirmed, pair.ba, 30 * SIM_SECOND));
    return pair;
}

static void set_network_down(struct sim_pair *pair, size_t i, bool is_down)
{
    sim_set_address_down(pair->a->sim, &pair->a->addrs[i], is_down);
    sim_set_address_down(pair->a->sim, &pair->b->addrs[i], is_down);
}

static sctpx_path_options options_of(const struct sim_conn *conn, size_t path)
{
    sctpx_path_options options;
    assert_int_equal(sctpx_assoc_get_path_options(conn->assoc, path, &options), 0);
    return options;
}

static void set_options(const struct sim_conn *conn, size_t path, const sctpx_path_options *options)
{
    assert_int_equal(sctpx_assoc_set_path_options(conn->assoc, conn->host->sim->now, path, options),
                     0);
}

/* ---- reading and writing ----------------------------------------------------------------- */

static void test_ranges(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sctpx_assoc *assoc = pair.ab->assoc;
    sctpx_path_options good = options_of(pair.ab, 1), bad;
    assert_int_equal(good.hb_interval_us, 30 * SIM_SECOND);
    assert_int_equal(good.path_max_retrans, 5);
    assert_int_equal(good.mtu, 1500);
    assert_int_equal(good.rto_us, sim_path(pair.ab, 1).rto_us);
    assert_int_equal(sctpx_assoc_get_path_options(assoc, 2, &bad), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_set_path_options(assoc, sim->now, 2, &good), SCTPX_EINVAL);
    for (int i = 0; i < 4; i++) {
        bad = good;
        if (i < 2)
            bad.mtu = i == 0 ? 575 : 65536;
        else
            bad.rto_us = i == 2 ? 0 : 86400 * SIM_SECOND + 1;
        assert_int_equal(sctpx_assoc_set_path_options(assoc, sim->now, 1, &bad), SCTPX_EINVAL);
    }
    assert_int_equal(sctpx_assoc_abort(assoc, sim->now, NULL, 0), 0);
    assert_int_equal(sctpx_assoc_set_path_options(assoc, sim->now, 1, &good), SCTPX_ESTATE);
    assert_int_equal(sctpx_assoc_get_path_options(assoc, 1, &bad), 0);
    sim_finish(sim);
}

/* What changes for the association changes for each path; what does not change leaves them. */
static void test_options_of_the_association_are_for_all_paths(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sctpx_path_options path = options_of(pair.ab, 1);
    sctpx_assoc_options all;
    path.hb_interval_us = 3 * SIM_SECOND;
    path.path_max_retrans = 1;
    path.mtu = 1000;
    set_options(pair.ab, 1, &path);
    sctpx_assoc_get_options(pair.ab->assoc, &all);
    assert_int_equal(all.mtu, 1500);
    all.nagle = true;
    assert_int_equal(sctpx_assoc_set_options(pair.ab->assoc, sim->now, &all), 0);
    assert_int_equal(options_of(pair.ab, 1).hb_interval_us, 3 * SIM_SECOND);
    assert_int_equal(options_of(pair.ab, 1).path_max_retrans, 1);
    assert_int_equal(options_of(pair.ab, 1).mtu, 1000);
    assert_int_equal(options_of(pair.ab, 0).mtu, 1500);
    all.hb_interval_us = 7 * SIM_SECOND;
    all.path_max_retrans = 8;
    all.mtu = 1400;
    assert_int_equal(sctpx_assoc_set_options(pair.ab->assoc, sim->now, &all), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(options_of(pair.ab, i).hb_interval_us, 7 * SIM_SECOND);
        assert_int_equal(options_of(pair.ab, i).path_max_retrans, 8);
        assert_int_equal(options_of(pair.ab, i).mtu, 1400);
    }
    sim_finish(sim);
}

/* ---- each of them ------------------------------------------------------------------------ */

static size_t heartbeats_to(const struct sim_pair *pair, size_t i, size_t since)
{
    return sim_count(pair->a->sim, (struct sim_query){.from = pair->a,
                                                      .to = pair->b->addrs[i],
                                                      .chunk = SIM_HEARTBEAT,
                                                      .since = since});
}

/* covers: 9260/11.1.9-1 */
static void test_heartbeats_of_one_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sctpx_path_options fast = options_of(pair.ab, 0), none = options_of(pair.ab, 1);
    fast.hb_interval_us = SIM_SECOND;
    none.hb_interval_us = SCTPX_TIME_NEVER;
    set_options(pair.ab, 0, &fast);
    set_options(pair.ab, 1, &none);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 120 * SIM_SECOND);
    assert_in_range(heartbeats_to(&pair, 0, mark), 45, 90); /* RTO +/- 50 % and the interval */
    assert_int_equal(heartbeats_to(&pair, 1, mark), 0);
    none.hb_interval_us = SIM_SECOND;
    set_options(pair.ab, 1, &none);
    mark = sim_mark(sim);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_in_range(heartbeats_to(&pair, 1, mark), 7, 16);
    sim_finish(sim);
}

/* covers: 9260/11.1.12-1 */
static void test_limit_of_one_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sctpx_path_options options = options_of(pair.ab, 0);
    options.path_max_retrans = 0;
    set_options(pair.ab, 0, &options);
    set_network_down(&pair, 0, true);
    sim_send(pair.ab, 0, 100);
    sim_run_until_received(pair.ba, 1, 2 * SIM_SECOND);
    assert_false(sim_path(pair.ab, 0).active); /* the first time-out was enough */
    assert_int_equal(sim_path(pair.ab, 0).errors, 1);
    assert_true(sim_path(pair.ab, 1).active);
    sim_finish(sim);
}

/* 6.9: new fragments fit the smallest path, and its PMDCS is what its cwnd is measured in. */
static void test_mtu_of_one_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sctpx_path_options options = options_of(pair.ab, 1);
    options.mtu = 600;
    set_options(pair.ab, 1, &options);
    assert_int_equal(sim_path(pair.ab, 1).mtu, 600);
    assert_int_equal(sim_path(pair.ab, 0).mtu, 1500);
    sim_link(sim, &pair.a->addrs[1], &pair.b->addrs[1])->mtu = 600;
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, 1), 0);
    size_t mark = sim_mark(sim);
    sim_send(pair.ab, 0, 20000);
    sim_run_until_received(pair.ba, 1, 10 * SIM_SECOND);
    for (size_t i = 0; i < sim_count(sim, (struct sim_query){.from = pair.a, .since = mark}); i++)
        assert_true(sim_nth(sim, (struct sim_query){.from = pair.a, .since = mark}, i)->length <=
                    600 - 28);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    sim_finish(sim);
}

/* What is cut already is repeated in longer packets than the path has room for. */
static void test_mtu_that_shrinks_with_data_under_way(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .count = 4});
    sim_send(pair.ab, 0, 20000);
    sim_flush(sim);
    sctpx_path_options options = options_of(pair.ab, 0);
    for (size_t i = 0; i < 2; i++) {
        options.mtu = 576;
        set_options(pair.ab, i, &options);
    }
    sim_run_until_received(pair.ba, 1, 20 * SIM_SECOND);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    sim_finish(sim);
}

/* 6.3.1: the time-out that is set is used, within RTO.Min and RTO.Max, until one is measured.
 * covers: 9260/11.1.13-1 */
static void test_rto_of_one_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sctpx_path_options options = options_of(pair.ab, 0);
    options.rto_us = 3 * SIM_SECOND;
    set_options(pair.ab, 0, &options);
    assert_int_equal(sim_path(pair.ab, 0).rto_us, 3 * SIM_SECOND);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .count = 1});
    sctpx_time start = sim->now;
    sim_send(pair.ab, 0, 100);
    sim_run_until_received(pair.ba, 1, 10 * SIM_SECOND);
    assert_in_range(sim->now - start, 3 * SIM_SECOND, 3100 * SIM_MS);
    options.rto_us = 1;
    set_options(pair.ab, 0, &options);
    assert_int_equal(sim_path(pair.ab, 0).rto_us, SIM_SECOND);
    sim_finish(sim);
}

/* ---- where new data goes ------------------------------------------------------------------ */

static size_t primaries(const struct sim_host *host)
{
    return sim_event_count(host, SCTPX_EVENT_PATH_PRIMARY);
}

static size_t primary_told(const struct sim_host *host, size_t n)
{
    return sim_event(host, SCTPX_EVENT_PATH_PRIMARY, n)->path;
}

/* covers: 9260/11.1.6-1 */
static void test_primary_set_by_the_user_is_told(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    assert_int_equal(primaries(pair.a), 0);
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, 0), 0);
    sim_flush(sim);
    assert_int_equal(primaries(pair.a), 0); /* nothing new */
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, 1), 0);
    sim_flush(sim);
    assert_int_equal(primaries(pair.a), 1);
    assert_int_equal(primary_told(pair.a, 0), 1);
    assert_int_equal(primaries(pair.b), 0);
    /* There and back before anybody asks: no news. */
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, 0), 0);
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, 1), 0);
    sim_flush(sim);
    assert_int_equal(primaries(pair.a), 1);
    sim_finish(sim);
}

static bool is_first_down(void *context)
{
    return !sim_path(context, 0).active;
}

/* After the event of the failure, or of the return. */
static void test_failure_and_return_are_told(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.path_max_retrans = 1;
    options.hb_interval_us = SIM_SECOND;
    struct sim_pair pair = pair_of(sim, &options);
    set_network_down(&pair, 0, true);
    sim_send(pair.ab, 0, 100);
    assert_true(sim_run_until(sim, is_first_down, pair.ab, 60 * SIM_SECOND));
    sim_flush(sim);
    assert_int_equal(primaries(pair.a), 1);
    assert_int_equal(primary_told(pair.a, 0), 1);
    assert_int_equal(sim_status(pair.ab).primary, 0);
    assert_int_equal(sim_status(pair.ab).data_path, 1);
    const struct sim_event *down = sim_event(pair.a, SCTPX_EVENT_PATH_DOWN, 0);
    const struct sim_event *told = sim_event(pair.a, SCTPX_EVENT_PATH_PRIMARY, 0);
    assert_true(down < told);
    assert_int_equal(down->at, told->at);
    set_network_down(&pair, 0, false);
    sim_run_for(sim, 60 * SIM_SECOND);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_PATH_UP), 1);
    assert_int_equal(primaries(pair.a), 2);
    assert_int_equal(primary_told(pair.a, 1), 0);
    assert_int_equal(sim_status(pair.ab).data_path, 0);
    sim_finish(sim);
}

/* One path: there is nothing that could change. */
static void test_single_path_has_no_such_event(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_send(pair.ab, 0, 100);
    sim_run_until_closed(pair.ab, 3600 * SIM_SECOND);
    assert_true(sim_event_count(pair.a, SCTPX_EVENT_PATH_DOWN) > 0);
    assert_int_equal(primaries(pair.a), 0);
    sim_finish(sim);
}

/* ---- figures ------------------------------------------------------------------------------ */

/* covers: 9260/11.1.8-1 9260/11.1.11-1 */
static void test_figures_of_paths(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = pair_of(sim, NULL);
    sctpx_path_status first = sim_path(pair.ab, 0), second = sim_path(pair.ab, 1);
    assert_int_equal(second.heartbeats_sent, 1);
    assert_int_equal(second.heartbeats_acked, 1);
    assert_int_equal(first.rtt_us, 20 * SIM_MS);
    assert_int_equal(first.min_rtt_us, 20 * SIM_MS);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .count = 1});
    size_t mark = sim_mark(sim);
    sim_send(pair.ab, 0, 1000);
    sim_flush(sim);
    assert_in_range(sim_status(pair.ab).flight_bytes, 1016, 1020);
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    sctpx_path_status now = sim_path(pair.ab, 0);
    assert_int_equal(now.t3_timeouts, 1);
    assert_int_equal(now.max_rto_us, 2 * SIM_SECOND);
    assert_int_equal(now.retransmitted_chunks, 0); /* those went over the other one */
    assert_int_equal(sim_path(pair.ab, 1).retransmitted_chunks, 1);
    assert_int_equal(sim_path(pair.ab, 1).retransmitted_bytes, 1000);
    assert_int_equal(sim_status(pair.ab).retransmitted_bytes, 1000);
    assert_int_equal(now.sent_packets - first.sent_packets,
                     sim_count(sim, (struct sim_query){.from = pair.a,
                                                       .to = pair.b->addrs[0],
                                                       .chunk = SIM_ANY,
                                                       .since = mark}));
    assert_true(now.sent_bytes - first.sent_bytes >= 1000);
    now = sim_path(pair.ab, 1);
    assert_true(now.received_packets > second.received_packets);
    assert_true(now.received_bytes > second.received_bytes);
    assert_int_equal(sim_status(pair.ab).heartbeats_sent, 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_ranges),
        sim_unit_test(test_options_of_the_association_are_for_all_paths),
        sim_unit_test(test_heartbeats_of_one_path),
        sim_unit_test(test_limit_of_one_path),
        sim_unit_test(test_mtu_of_one_path),
        sim_unit_test(test_mtu_that_shrinks_with_data_under_way),
        sim_rfc9260_test(test_rto_of_one_path),
        sim_unit_test(test_primary_set_by_the_user_is_told),
        sim_unit_test(test_failure_and_return_are_told),
        sim_unit_test(test_single_path_has_no_such_event),
        sim_rfc9260_test(test_figures_of_paths),
    };
    return cmocka_run_group_tests_name("scenario.path_options", tests, NULL, NULL);
}
