/* SPDX-License-Identifier: MIT */
/*
 * RFC 9260 5.2.4: every row and every column of table 12, in every state. The cookies are sealed
 * here with a key the host was given, so that they can say what they like.
 */
#include "rfc9260_05.h"
#include "support/cookie_fixture.h"

enum { KEY_BYTE = 0x5A };

/* What a tag or tie-tag of the cookie is, seen from the association. */
enum match { M, X, NONE };

struct row {
    enum match local, peer, local_tie, peer_tie;
};

/* An association and a cookie that fits it. */
struct table {
    struct sim *sim;
    struct sim_raw raw;
    struct sctpxi_cookie cookie;
};

static struct table table_in_state(void **state, enum sctpx_assoc_state wanted)
{
    struct table t = {.sim = sim_renew(state)};
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.has_cookie_key = true;
    memset(options.cookie_key, KEY_BYTE, sizeof options.cookie_key);
    t.raw = sim_raw_new(sim_host_new(t.sim, "a", 1, &options), 1);
    bring_into(&t.raw, wanted <= SCTPX_ESTABLISHED ? wanted : SCTPX_ESTABLISHED);
    struct sim_raw again = t.raw;
    again.tag = 0x77777777;
    get_cookie(&again); /* has it draw its tie-tags, while it still does */
    t.cookie = read_cookie(&again);
    t.cookie.local_tag = t.raw.host_tag;
    t.cookie.remote_tag = t.raw.tag;
    t.cookie.local_tsn = sctpxi_tsn_make(t.raw.host_tsn);
    if (wanted > SCTPX_ESTABLISHED)
        enter_shutdown(&t.raw, wanted);
    assert_int_equal(sim_state(t.raw.conn), wanted);
    return t;
}

static uint32_t pick(enum match match, uint32_t mine, uint32_t other)
{
    if (match == NONE)
        return 0;
    return match == M ? mine : other;
}

/* Sends COOKIE ECHO with such a cookie, and a DATA chunk behind it, whose TSN is given. */
static void echo_aged(struct table *t, struct row row, uint32_t tsn, sctpx_time age)
{
    struct cookie_fixture f;
    cookie_start_given(&f, KEY_BYTE);
    struct sctpxi_cookie c = t->cookie;
    c.local_tag = pick(row.local, c.local_tag, 0x10203040);
    c.remote_tag = pick(row.peer, c.remote_tag, 0x50607080);
    c.local_tie = pick(row.local_tie, c.local_tie, 0x11223344);
    c.remote_tie = pick(row.peer_tie, c.remote_tie, 0x55667788);
    struct sim_raw from = t->raw;
    from.host_tag = c.local_tag;
    from.cookie_length = cookie_seal(&f, t->sim->now - age, &c, from.cookie);
    struct pb *pb = cookie_echo(&from);
    put_message(pb, tsn, 0, 0, 1);
    sim_raw_send(&from, pb);
    cookie_finish(&f);
}

static void echo(struct table *t, struct row row)
{
    echo_aged(t, row, t->raw.tsn, 0);
}

/* Nothing is sent, nothing changes, and what runs runs on. */
static void check_ignored(void **state, enum sctpx_assoc_state wanted, struct row row)
{
    struct table t = table_in_state(state, wanted);
    sctpx_assoc_status before = sim_status(t.raw.conn);
    sctpx_time deadline = sctpx_endpoint_next_deadline(t.raw.host->endpoint);
    size_t mark = sim_mark(t.sim), events = t.raw.host->n_events;
    echo(&t, row);
    sctpx_assoc_status after = sim_status(t.raw.conn);
    assert_int_equal(sim_mark(t.sim), mark);
    assert_int_equal(t.raw.host->n_events, events);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(sctpx_endpoint_next_deadline(t.raw.host->endpoint), deadline);
    sim_finish(t.sim);
}

/* The ties of a cookie in A: all nine mixes. */
static struct row row_with(enum match local, enum match peer, int ties)
{
    return (struct row){local, peer, (enum match)(ties / 3), (enum match)(ties % 3)};
}

static void check_restarted(struct table *t)
{
    struct sim_conn *conn = t->raw.conn;
    assert_int_equal(sim_state(conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(conn).local_tag, 0x10203040);
    assert_int_equal(sim_status(conn).remote_tag, 0x50607080);
    assert_int_equal(sim_event_count(t->raw.host, SCTPX_EVENT_RESTARTED), 1);
    assert_int_equal(sim_event_count(t->raw.host, SCTPX_EVENT_CLOSED), 0);
    assert_int_equal(t->raw.host->n_conns, 1);
    assert_int_equal(conn->received_messages, 1); /* the DATA behind COOKIE ECHO */
    const struct sim_record *ack = sim_raw_last(&t->raw, SIM_COOKIE_ACK);
    assert_non_null(ack);
    assert_int_equal(ack->vtag, 0x50607080);
}

/*
 * Cookies of a server without memory may have the tag that an association drew later; they are of
 * another set-up all the same, with other TSNs.
 */
static void test_cookie_with_our_tag_by_chance(void **state)
{
    for (int wanted = SCTPX_COOKIE_WAIT; wanted <= SCTPX_SHUTDOWN_ACK_SENT; wanted++)
        for (int peer = M; peer <= X; peer++) {
            struct table t = table_in_state(state, (enum sctpx_assoc_state)wanted);
            t.cookie.local_tsn = sctpxi_tsn_make(t.raw.host_tsn + 1000);
            sctpx_assoc_status before = sim_status(t.raw.conn);
            size_t mark = sim_mark(t.sim), events = t.raw.host->n_events;
            echo(&t, (struct row){M, (enum match)peer, M, M});
            sctpx_assoc_status after = sim_status(t.raw.conn);
            assert_int_equal(sim_mark(t.sim), mark);
            assert_int_equal(t.raw.host->n_events, events);
            assert_int_equal(after.state, before.state);
            assert_int_equal(after.remote_tag, before.remote_tag);
            assert_int_equal(after.received_chunks, before.received_chunks);
            sim_finish(t.sim);
        }
}

/* X X M M, but for SHUTDOWN-ACK-SENT. covers: 9260/5.2.4-5 9260/5.2.4-16 */
static void test_a_in_every_state(void **state)
{
    for (int wanted = SCTPX_ESTABLISHED; wanted < SCTPX_SHUTDOWN_ACK_SENT; wanted++) {
        struct table t = table_in_state(state, (enum sctpx_assoc_state)wanted);
        if (wanted == SCTPX_SHUTDOWN_PENDING || wanted == SCTPX_SHUTDOWN_SENT) {
            /* The user's wish to shut down outlives the restart. */
            echo(&t, (struct row){X, X, M, M});
            assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_RESTARTED), 1);
            assert_int_equal(sim_status(t.raw.conn).remote_tag, 0x50607080);
            assert_int_equal(sim_raw_count(&t.raw, SIM_COOKIE_ACK), 1);
        } else {
            echo(&t, (struct row){X, X, M, M});
            check_restarted(&t);
        }
        sim_finish(t.sim);
    }
}

/* covers: 9260/5.2.4-6 */
static void test_a_resets_congestion_control(void **state)
{
    struct table t = table_in_state(state, SCTPX_ESTABLISHED);
    sctpx_path_status fresh = sim_path(t.raw.conn, 0);
    for (int i = 0; i < 8; i++)
        sim_send(t.raw.conn, 0, 1400);
    sim_flush(t.sim);
    sim_run_for(t.sim, 2 * SIM_SECOND); /* T3-rtx: cwnd of one packet, lower ssthresh */
    assert_true(sim_path(t.raw.conn, 0).cwnd_bytes < fresh.cwnd_bytes);
    assert_true(sim_path(t.raw.conn, 0).ssthresh_bytes < fresh.ssthresh_bytes);
    assert_true(sim_path(t.raw.conn, 0).rto_us > fresh.rto_us);
    echo(&t, (struct row){X, X, M, M});
    check_restarted(&t);
    sctpx_path_status after = sim_path(t.raw.conn, 0);
    assert_int_equal(after.cwnd_bytes, fresh.cwnd_bytes);
    assert_int_equal(after.ssthresh_bytes, fresh.ssthresh_bytes);
    assert_int_equal(after.rto_us, 1 * SIM_SECOND);
    assert_int_equal(after.flight_bytes, 0);
    sim_finish(t.sim);
}

/* What waits to be read is not lost. covers: 9260/5.2.4-4 */
static void test_a_keeps_what_can_be_read(void **state)
{
    struct table t = table_in_state(state, SCTPX_ESTABLISHED);
    t.raw.conn->auto_read = false;
    sim_raw_data(&t.raw, 0, 0, 50);
    sim_raw_data_tsn(&t.raw, t.raw.tsn++, 2, 1, 0, 50); /* the begin of a message that never ends */
    t.cookie.remote_tsn = sctpxi_tsn_make(5000);
    echo_aged(&t, (struct row){X, X, M, M}, 5000, 0);
    assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_RESTARTED), 1);
    assert_int_equal(sim_status(t.raw.conn).readable_messages, 2);
    assert_int_equal(sim_status(t.raw.conn).readable_bytes, 51);
    sim_finish(t.sim);
}

/* covers: 9260/5.2.4-7 */
static void test_a_in_shutdown_ack_sent(void **state)
{
    struct table t = table_in_state(state, SCTPX_SHUTDOWN_ACK_SENT);
    size_t mark = sim_mark(t.sim);
    echo(&t, (struct row){X, X, M, M});
    assert_int_equal(sim_state(t.raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_status(t.raw.conn).remote_tag, t.raw.tag);
    assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_RESTARTED), 0);
    assert_int_equal(t.raw.host->n_conns, 1);
    assert_int_equal(t.raw.conn->received_messages, 0);
    assert_int_equal(sent_to(t.raw.host, &t.raw.addr, SIM_COOKIE_ACK, mark), 0);
    assert_int_equal(sent_to(t.raw.host, &t.raw.addr, SIM_SHUTDOWN_ACK, mark), 1);
    assert_int_equal(sent_to(t.raw.host, &t.raw.addr, SIM_ERROR, mark), 1);
    const struct sim_record *error = sim_raw_last(&t.raw, SIM_ERROR);
    assert_int_equal(error->vtag, 0x50607080); /* what the restarted peer goes by */
    assert_int_equal(get_u32(first_cause(error, SIM_ERROR)), CAUSE_COOKIE_IN_SHUTDOWN << 16 | 4);
    assert_int_equal(sim_raw_last(&t.raw, SIM_SHUTDOWN_ACK)->vtag, t.raw.tag);
    sim_finish(t.sim);
}

/* The same out of the packets themselves: the cookie is from before the SHUTDOWN.
 * covers: 9260/5.2.4-7 */
static void test_real_cookie_in_shutdown_ack_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_ESTABLISHED), again = raw;
    again.tag = 0xABABABAB;
    get_cookie(&again);
    enter_shutdown(&raw, SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
    sim_raw_send(&again, cookie_echo(&again));
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 2);
    const struct sim_record *error = sim_raw_last(&raw, SIM_ERROR);
    assert_non_null(error);
    assert_int_equal(error->vtag, again.tag);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 0);
    /* The restarted peer, told SHUTDOWN ACK out of the blue, answers so (8.4). */
    struct pb *pb = pb_new(raw.port, raw.host_port, raw.tag);
    pb_shutdown_complete(pb, true);
    sim_raw_send(&raw, pb);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* M X, or M 0 in COOKIE-WAIT, whatever the ties. covers: 9260/5.2.4-8 9260/5.2.4-9 */
static void test_b_while_setting_up(void **state)
{
    for (int wanted = SCTPX_COOKIE_WAIT; wanted <= SCTPX_COOKIE_ECHOED; wanted++) {
        for (int ties = 0; ties < 9; ties++) {
            struct table t = table_in_state(state, (enum sctpx_assoc_state)wanted);
            size_t inits = sim_raw_count(&t.raw, SIM_INIT);
            size_t echoes = sim_raw_count(&t.raw, SIM_COOKIE_ECHO);
            echo(&t, row_with(M, X, ties));
            assert_int_equal(sim_state(t.raw.conn), SCTPX_ESTABLISHED);
            assert_int_equal(sim_status(t.raw.conn).remote_tag, 0x50607080);
            assert_int_equal(sim_status(t.raw.conn).local_tag, t.raw.host_tag);
            assert_int_equal(sim_raw_count(&t.raw, SIM_COOKIE_ACK), 1);
            assert_int_equal(sim_raw_last(&t.raw, SIM_COOKIE_ACK)->vtag, 0x50607080);
            assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_UP), 1);
            assert_int_equal(t.raw.conn->received_messages, 1);
            sim_run_for(t.sim, 10 * SIM_SECOND); /* neither T1 runs any more */
            assert_int_equal(sim_raw_count(&t.raw, SIM_INIT), inits);
            assert_int_equal(sim_raw_count(&t.raw, SIM_COOKIE_ECHO), echoes);
            sim_finish(t.sim);
        }
    }
}

/* M X later. covers: 9260/5.2.4-8 9260/5.2.4-9 */
static void test_b_when_established(void **state)
{
    for (int wanted = SCTPX_ESTABLISHED; wanted <= SIM_LAST_STATE; wanted++) {
        for (int ties = 0; ties < 9; ties++) {
            struct table t = table_in_state(state, (enum sctpx_assoc_state)wanted);
            echo(&t, row_with(M, X, ties));
            assert_int_equal(sim_state(t.raw.conn), wanted); /* a shutdown is not taken back */
            assert_int_equal(sim_status(t.raw.conn).remote_tag, 0x50607080);
            assert_int_equal(sim_raw_count(&t.raw, SIM_COOKIE_ACK), 1);
            assert_int_equal(sim_raw_last(&t.raw, SIM_COOKIE_ACK)->vtag, 0x50607080);
            assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_UP), 1);
            assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_RESTARTED), 0);
            if (wanted == SCTPX_ESTABLISHED)
                assert_int_equal(t.raw.conn->received_messages, 1);
            sim_finish(t.sim);
        }
    }
}

/* M X when data has come already: it goes on where it was. covers: 9260/5.2.4-8 9260/5.2.4-9 */
static void test_b_after_data(void **state)
{
    struct table t = table_in_state(state, SCTPX_ESTABLISHED);
    sim_raw_data(&t.raw, 1, 0, 50);
    echo(&t, (struct row){M, X, NONE, NONE});
    assert_int_equal(sim_state(t.raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(t.raw.conn).remote_tag, 0x50607080);
    assert_int_equal(sim_raw_last(&t.raw, SIM_COOKIE_ACK)->vtag, 0x50607080);
    assert_int_equal(t.raw.conn->received_messages, 2);
    sim_run_for(t.sim, 201 * SIM_MS);
    const struct sim_record *sack = sim_raw_last(&t.raw, SIM_SACK);
    assert_int_equal(sack->vtag, 0x50607080);
    sim_finish(t.sim);
}

/* X M 0 0. covers: 9260/5.2.4-10 9260/5.2.4-11 9260/5.2.4-12 */
static void test_c_in_every_state(void **state)
{
    for (int wanted = SCTPX_COOKIE_ECHOED; wanted <= SIM_LAST_STATE; wanted++)
        check_ignored(state, (enum sctpx_assoc_state)wanted, (struct row){X, M, NONE, NONE});
}

/* As it comes about: the cookie of a first INIT arrives when both have begun anew, the peer with
 * the same tag and we with another. covers: 9260/5.2.4-10 9260/5.2.4-11 9260/5.2.4-12 */
static void test_late_cookie_of_ours(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    struct sim_raw late = raw;
    bring_into(&raw, SCTPX_COOKIE_ECHOED);
    assert_int_not_equal(raw.host_tag, late.host_tag);
    size_t mark = sim_mark(sim);
    sim_raw_send(&late, cookie_echo(&late));
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    assert_int_equal(raw.host->n_conns, 1);
    sim_run_for(sim, SIM_SECOND); /* T1-cookie was left running */
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 2);
    send_cookie_ack(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* M M, whatever the ties. covers: 9260/5.2.4-13 9260/5.2.4-14 */
static void test_d_in_every_state(void **state)
{
    for (int wanted = SCTPX_COOKIE_ECHOED; wanted <= SIM_LAST_STATE; wanted++) {
        for (int ties = 0; ties < 9; ties++) {
            struct table t = table_in_state(state, (enum sctpx_assoc_state)wanted);
            size_t echoes = sim_raw_count(&t.raw, SIM_COOKIE_ECHO);
            bool was_setting_up = wanted == SCTPX_COOKIE_ECHOED;
            echo(&t, row_with(M, M, ties));
            assert_int_equal(sim_state(t.raw.conn), was_setting_up ? SCTPX_ESTABLISHED : wanted);
            assert_int_equal(sim_raw_count(&t.raw, SIM_COOKIE_ACK), 1);
            assert_int_equal(sim_status(t.raw.conn).remote_tag, t.raw.tag);
            assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_UP), 1);
            assert_int_equal(sim_event_count(t.raw.host, SCTPX_EVENT_RESTARTED), 0);
            sim_run_for(t.sim, 10 * SIM_SECOND);
            assert_int_equal(sim_raw_count(&t.raw, SIM_COOKIE_ECHO), echoes);
            sim_finish(t.sim);
        }
    }
}

/* Our tag is another one, and it is neither A nor C. covers: 9260/5.2.4-3 */
static void test_all_other_rows(void **state)
{
    for (int wanted = SIM_FIRST_STATE; wanted <= SIM_LAST_STATE; wanted++) {
        for (int ties = 0; ties < 9; ties++) {
            struct row x_x = row_with(X, X, ties), x_m = row_with(X, M, ties);
            bool is_a = x_x.local_tie == M && x_x.peer_tie == M;
            if (!is_a || wanted < SCTPX_ESTABLISHED) /* there no cookie has the ties: no A */
                check_ignored(state, (enum sctpx_assoc_state)wanted, x_x);
            if (x_m.local_tie != NONE || x_m.peer_tie != NONE)
                check_ignored(state, (enum sctpx_assoc_state)wanted, x_m);
        }
    }
}

/* Stale, with any other tag. covers: 9260/5.2.4-1 9260/5.2.4-2 */
static void test_stale_cookie_with_other_tags(void **state)
{
    static const struct row rows[] = {
        {X, X, M, M}, {X, X, NONE, NONE}, {M, X, M, M}, {M, X, NONE, NONE}, {X, M, NONE, NONE},
    };
    for (int wanted = SIM_FIRST_STATE; wanted <= SIM_LAST_STATE; wanted++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            struct table t = table_in_state(state, (enum sctpx_assoc_state)wanted);
            sim_run_for(t.sim, 500 * SIM_MS);
            sctpx_assoc_status before = sim_status(t.raw.conn);
            t.cookie.lifetime_us = 100 * SIM_MS;
            size_t mark = sim_mark(t.sim);
            echo_aged(&t, rows[i], t.raw.tsn, 300 * SIM_MS);
            assert_int_equal(sim_mark(t.sim), mark + 1);
            const struct sim_record *error = sim_raw_last(&t.raw, SIM_ERROR);
            assert_non_null(error);
            assert_int_equal(error->vtag, rows[i].peer == M ? t.raw.tag : 0x50607080);
            assert_int_equal(get_u16(first_cause(error, SIM_ERROR)), CAUSE_STALE_COOKIE);
            assert_int_equal(get_u32(first_cause(error, SIM_ERROR) + 4), 200 * SIM_MS);
            assert_int_equal(t.raw.conn->received_messages, 0);
            assert_int_equal(sim_state(t.raw.conn), wanted);
            assert_int_equal(sim_status(t.raw.conn).remote_tag, before.remote_tag);
            sim_finish(t.sim);
        }
    }
}

/* Stale, with both tags right: D all the same. covers: 9260/5.2.4-15 */
static void test_stale_cookie_with_both_tags(void **state)
{
    struct table t = table_in_state(state, SCTPX_ESTABLISHED);
    sim_run_for(t.sim, 500 * SIM_MS);
    t.cookie.lifetime_us = 100 * SIM_MS;
    echo_aged(&t, (struct row){M, M, NONE, NONE}, t.raw.tsn, 300 * SIM_MS);
    assert_int_equal(sim_raw_count(&t.raw, SIM_COOKIE_ACK), 1);
    assert_int_equal(sim_raw_count(&t.raw, SIM_ERROR), 0);
    assert_int_equal(t.raw.conn->received_messages, 1);
    sim_finish(t.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_cookie_with_our_tag_by_chance),
        sim_unit_test(test_a_in_every_state),
        sim_unit_test(test_a_resets_congestion_control),
        sim_unit_test(test_a_keeps_what_can_be_read),
        sim_unit_test(test_a_in_shutdown_ack_sent),
        sim_unit_test(test_real_cookie_in_shutdown_ack_sent),
        sim_unit_test(test_b_while_setting_up),
        sim_unit_test(test_b_when_established),
        sim_unit_test(test_b_after_data),
        sim_unit_test(test_c_in_every_state),
        sim_unit_test(test_late_cookie_of_ours),
        sim_unit_test(test_d_in_every_state),
        sim_unit_test(test_all_other_rows),
        sim_unit_test(test_stale_cookie_with_other_tags),
        sim_unit_test(test_stale_cookie_with_both_tags),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_table", tests, NULL, NULL);
}
