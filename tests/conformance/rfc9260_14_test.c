/* SPDX-License-Identifier: MIT */
/* RFC 9260 14.2: an association that is closed is gone. */
#include "sim/raw.h"
#include "sim/sim.h"

enum ending { ABORT_RECEIVED, ABORT_SENT, SHUTDOWN, LOST, ENDINGS };

static void end(struct sim_raw *raw, enum ending how)
{
    struct sim *sim = raw->host->sim;
    struct pb *pb = sim_raw_packet(raw);
    switch (how) {
    case ABORT_RECEIVED:
        pb_abort(pb, false);
        pb_end(pb);
        break;
    case SHUTDOWN:
        sctpx_assoc_shutdown(raw->conn->assoc, sim->now);
        sim_flush(sim);
        pb_shutdown_ack(pb);
        break;
    case ABORT_SENT:
        sctpx_assoc_abort(raw->conn->assoc, sim->now, NULL, 0);
        sim_flush(sim);
        pb_cookie_ack(pb);
        break;
    default:
        sim_run_for(sim, 4000 * SIM_SECOND);
        pb_cookie_ack(pb);
        break;
    }
    sim_raw_send(raw, pb);
    assert_true(raw->conn->is_closed);
}

/* covers: 9260/14.2-1 */
static void test_a_closed_association_is_not_known_any_more(void **state)
{
    for (int i = 0; i < ENDINGS; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
        sim_listen(host, SIM_PORT, NULL);
        struct sim_raw raw = sim_raw_new(host, 1);
        sim_raw_connect(&raw);
        sim_raw_data(&raw, 0, 0, 100);
        end(&raw, (enum ending)i);
        size_t aborts = sim_raw_count(&raw, SIM_ABORT);
        sim_raw_data(&raw, 0, 1, 100);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
        assert_int_equal(sim_raw_count(&raw, SIM_ABORT), aborts + 1);
        /* Its ports and addresses are free for another one. */
        struct sim_raw next = sim_raw_new(host, 1);
        next.tag += 100;
        sim_raw_connect(&next);
        assert_int_equal(sim_event_count(host, SCTPX_EVENT_RESTARTED), 0);
        assert_int_equal(sim_event_count(host, SCTPX_EVENT_INCOMING), 2);
        sim_finish(sim);
    }
}

/* covers: 9260/14.2-1 */
static void test_its_memory_is_given_back(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    size_t before = 0;
    for (uint8_t i = 1; i <= 40; i++) {
        struct sim_raw raw = sim_raw_new(host, i);
        sim_raw_connect(&raw);
        sim_raw_data(&raw, i % 10, 0, 1000);
        sim_send(raw.conn, i % 10, 1000);
        end(&raw, (enum ending)(i % SHUTDOWN)); /* with what is not acknowledged */
        sim_conn_free(raw.conn);
        if (i == 20)
            before = host->live_bytes;
    }
    assert_true(host->live_bytes <= before);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_a_closed_association_is_not_known_any_more),
        sim_unit_test(test_its_memory_is_given_back),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_14", tests, NULL, NULL);
}
