/* SPDX-License-Identifier: MIT */
/* RFC 9260 8.5 and 8.5.1: verification tags, sent and received, and the exceptions. */
#include "conformance/rfc9260_07.h"
#include "sim/states.h"

/* covers: 9260/8.5-1 */
static void test_every_packet_has_the_peers_tag(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer(sim);
    send_messages(&raw, 2, FULL);  /* DATA */
    sim_raw_data(&raw, 0, 0, 100); /* SACK */
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "0123456789", 10); /* HEARTBEAT ACK */
    pb_chunk(pb, 200, 0);               /* ERROR */
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), 0);
    sim_flush(sim);
    sack(&raw, 2);
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
    sim_flush(sim);
    static const int chunks[] = {SIM_DATA,      SIM_SACK,  SIM_HEARTBEAT_ACK,
                                 SIM_HEARTBEAT, SIM_ERROR, SIM_SHUTDOWN};
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++)
        assert_true(sim_raw_count(&raw, chunks[i]) > 0);
    struct sim_query all = {.from = raw.host, .chunk = SIM_ANY};
    for (size_t i = 1; i < sim_count(sim, all); i++) /* but the INIT */
        assert_int_equal(sim_nth(sim, all, i)->vtag, raw.tag);
    sim_finish(sim);
}

static void put_chunk(struct pb *pb, int chunk, const struct sim_raw *raw)
{
    switch (chunk) {
    case SIM_DATA:
        pb_data(pb, 3, raw->tsn, 0, 0, 0, "x", 1);
        break;
    case SIM_SACK:
        pb_sack(pb, raw->host_tsn, RWND, 0, NULL, 0, NULL);
        break;
    case SIM_HEARTBEAT:
        pb_heartbeat(pb, "0123456789", 10);
        break;
    case SIM_SHUTDOWN:
        pb_shutdown(pb, raw->host_tsn);
        break;
    case SIM_ERROR:
        pb_error(pb);
        pb_item(pb, 1, "abcd", 4);
        pb_end(pb);
        break;
    default:
        pb_chunk(pb, (uint8_t)chunk, 0);
        pb_end(pb);
        break;
    }
}

/* covers: 9260/8.5-2 9260/8.5-3 9260/8.5-4 */
static void test_a_wrong_tag_is_discarded(void **state)
{
    static const int chunks[] = {SIM_DATA,  SIM_SACK, SIM_HEARTBEAT, SIM_SHUTDOWN,
                                 SIM_ERROR, 200,      SIM_COOKIE_ACK};
    struct sim_raw raw = peer(*state);
    send_messages(&raw, 1, 100);
    const uint32_t tags[] = {raw.host_tag ^ 1, raw.host_tag ^ 0x80000000u, raw.tag, 0};
    size_t mark = sim_mark(*state);
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++)
        for (size_t k = 0; k < 4; k++) {
            struct pb *pb = pb_new(raw.port, raw.host_port, tags[k]);
            put_chunk(pb, chunks[i], &raw);
            assert_int_not_equal(sim_raw_send(&raw, pb), 0);
        }
    assert_int_equal(sim_mark(*state), mark);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(raw.conn).received_chunks, 0);
    assert_int_equal(flight(&raw), 116);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_REMOTE_ERROR), 0);
    /* The same with the right tag: */
    struct pb *pb = sim_raw_packet(&raw);
    put_chunk(pb, SIM_SACK, &raw);
    sim_raw_send(&raw, pb);
    assert_int_equal(flight(&raw), 0);
    sim_finish(*state);
}

/* covers: 9260/8.5.1-1 9260/8.5.1-14 */
static void test_tags_of_init_and_cookie_echo(void **state)
{
    struct sim_raw raw = peer(*state);
    assert_int_equal(sim_raw_last(&raw, SIM_INIT)->vtag, 0);
    assert_int_equal(sim_raw_last(&raw, SIM_COOKIE_ECHO)->vtag, raw.tag);
    sim_finish(*state);
}

/* covers: 9260/8.5.1-2 9260/8.5.1-3 */
static void test_tag_zero_is_for_init_alone(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    static const int chunks[] = {SIM_DATA, SIM_SACK, SIM_HEARTBEAT, SIM_SHUTDOWN_ACK, SIM_ERROR};
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        struct pb *pb = pb_new(raw.port, raw.host_port, 0);
        put_chunk(pb, chunks[i], &raw);
        sim_raw_send(&raw, pb);
        pb = sim_raw_init(&raw);
        pb_end(pb);
        put_chunk(pb, chunks[i], &raw);
        sim_raw_send(&raw, pb);
        pb = pb_new(raw.port, raw.host_port, 0);
        put_chunk(pb, chunks[i], &raw);
        pb_init(pb, raw.tag, raw.rwnd, 1, 1, 1);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_mark(sim), 0);
    sim_raw_send(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1);
    sim_finish(sim);
}

/* covers: 9260/8.5.1-4 */
static void test_abort_is_sent_with_the_peers_tag(void **state)
{
    struct sim_raw raw = peer(*state);
    assert_int_equal(sctpx_assoc_abort(raw.conn->assoc, 0, NULL, 0), 0);
    sim_flush(*state);
    const struct sim_record *record = sim_raw_last(&raw, SIM_ABORT);
    assert_int_equal(record->vtag, raw.tag);
    assert_int_equal(sim_find_chunk(*state, record, SIM_ABORT)->flags, 0);
    sim_finish(*state);
}

/* covers: 9260/8.5.1-5 */
static void test_abort_in_answer_to_a_stranger_reflects_the_tag(void **state)
{
    struct sim_raw raw = peer(*state);
    struct sim_raw other = sim_raw_new(raw.host, 2);
    struct pb *pb = pb_new(other.port, raw.host_port, 0x12345678);
    put_chunk(pb, SIM_HEARTBEAT, &other);
    sim_raw_send(&other, pb);
    const struct sim_record *record = sim_raw_last(&other, SIM_ABORT);
    assert_non_null(record);
    assert_int_equal(record->vtag, 0x12345678);
    assert_int_equal(sim_find_chunk(*state, record, SIM_ABORT)->flags, 1);
    sim_finish(*state);
}

enum { OWN, PEERS, WRONG };

static uint32_t tag_for(const sctpx_assoc_status *status, int which)
{
    return which == OWN     ? status->local_tag
           : which == PEERS ? status->remote_tag
                            : status->local_tag ^ 0x10u;
}

/* Sends ABORT or SHUTDOWN COMPLETE to an association in that state: whether it ends. */
static bool ends(struct sim *sim, enum sctpx_assoc_state wanted, bool is_abort, int tag, bool t_bit)
{
    struct sim_pair pair = sim_pair_in_state(sim, wanted);
    sctpx_assoc_status status = sim_status(pair.ab);
    size_t mark = sim_mark(sim);
    struct pb *pb = pb_new(status.remote_port, status.local_port, tag_for(&status, tag));
    if (is_abort) {
        pb_abort(pb, t_bit);
        pb_end(pb);
    } else {
        pb_shutdown_complete(pb, t_bit);
    }
    sim_peer_send(pair.ab, pb);
    assert_int_equal(sim_mark(sim), mark);
    bool is_closed = pair.ab->is_closed;
    if (!is_closed)
        assert_int_equal(sim_state(pair.ab), wanted);
    sim_finish(sim);
    return is_closed;
}

/* covers: 9260/8.5.1-6 9260/8.5.1-7 9260/9.1-6 */
static void test_which_abort_is_accepted(void **state)
{
    for (int i = SCTPX_COOKIE_ECHOED; i <= SIM_LAST_STATE; i++)
        for (int tag = OWN; tag <= WRONG; tag++)
            for (int t_bit = 0; t_bit < 2; t_bit++)
                assert_int_equal(
                    ends(sim_renew(state), (enum sctpx_assoc_state)i, true, tag, t_bit != 0),
                    (tag == OWN && !t_bit) || (tag == PEERS && t_bit));
}

/* Behind another control chunk as well. covers: 9260/8.5.1-6 */
static void test_an_abort_behind_another_chunk_is_accepted(void **state)
{
    for (int t_bit = 0; t_bit < 2; t_bit++) {
        struct sim_raw raw = peer(sim_renew(state));
        size_t mark = sim_mark(*state);
        struct pb *pb = pb_new(raw.port, raw.host_port, t_bit ? raw.tag : raw.host_tag);
        put_chunk(pb, SIM_ERROR, &raw);
        pb_abort(pb, t_bit != 0);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_mark(*state), mark);
        assert_int_equal(raw.conn->error, SCTPX_EPEERABORT);
        sim_finish(*state);
    }
}

/* The peer's tag is good for nothing else. covers: 9260/8.5-3 */
static void test_the_peers_tag_without_such_an_abort(void **state)
{
    struct sim_raw raw = peer(*state);
    size_t mark = sim_mark(*state);
    for (int i = 0; i < 2; i++) {
        struct pb *pb = pb_new(raw.port, raw.host_port, raw.tag);
        put_chunk(pb, SIM_ERROR, &raw);
        if (i == 1)
            pb_shutdown_complete(pb, true);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_mark(*state), mark);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_REMOTE_ERROR), 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(*state);
}

/*
 * The tag rule of an ABORT is for the whole packet: what stands before it has no effect if the
 * rule is broken. covers: 9260/8.5.1-7
 */
static void test_a_packet_with_a_wrong_abort_is_discarded(void **state)
{
    struct sim_raw raw = peer(*state);
    raw.conn->auto_read = false;
    size_t mark = sim_mark(*state);
    struct pb *pb = sim_raw_packet(&raw);
    put_chunk(pb, SIM_HEARTBEAT, &raw);
    put_chunk(pb, SIM_DATA, &raw);
    pb_abort(pb, true); /* T bit, but with the tag of the receiver */
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_run_for(*state, SIM_SECOND);
    assert_int_equal(sim_mark(*state), mark);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(raw.conn).received_chunks, 0);
    sim_finish(*state);
}

/* covers: 9260/8.5.1-8 9260/8.5.1-9 */
static void test_shutdown_complete_of_an_association(void **state)
{
    struct sim_raw raw = peer(*state);
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, 0), 0);
    sim_flush(*state);
    struct pb *pb = sim_raw_packet(&raw);
    pb_shutdown_ack(pb);
    sim_raw_send(&raw, pb);
    const struct sim_record *record = sim_raw_last(&raw, SIM_SHUTDOWN_COMPLETE);
    assert_non_null(record);
    assert_int_equal(record->vtag, raw.tag);
    assert_int_equal(record->chunks[0].flags, 0);
    sim_finish(*state);
}

/* covers: 9260/8.5.1-10 9260/8.5.1-11 */
static void test_shutdown_complete_without_an_association(void **state)
{
    struct sim_raw raw = peer(*state);
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, 0), 0);
    sim_flush(*state);
    for (int i = 0; i < 2; i++) { /* the first one ends it */
        struct pb *pb = sim_raw_packet(&raw);
        pb_shutdown_ack(pb);
        sim_raw_send(&raw, pb);
    }
    const struct sim_record *record = sim_raw_last(&raw, SIM_SHUTDOWN_COMPLETE);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_COMPLETE), 2);
    assert_int_equal(record->vtag, raw.host_tag);
    assert_int_equal(record->chunks[0].flags, 1);
    sim_finish(*state);
}

/* covers: 9260/8.5.1-12 9260/8.5.1-13 */
static void test_which_shutdown_complete_is_accepted(void **state)
{
    for (int i = SCTPX_COOKIE_ECHOED; i <= SIM_LAST_STATE; i++)
        for (int tag = OWN; tag <= WRONG; tag++)
            for (int t_bit = 0; t_bit < 2; t_bit++) {
                bool is_right = (tag == OWN && !t_bit) || (tag == PEERS && t_bit);
                assert_int_equal(
                    ends(sim_renew(state), (enum sctpx_assoc_state)i, false, tag, t_bit != 0),
                    is_right && i == SCTPX_SHUTDOWN_ACK_SENT);
            }
}

/* covers: 9260/8.5.1-15 */
static void test_shutdown_ack_during_the_setup_is_out_of_the_blue(void **state)
{
    for (int i = SCTPX_COOKIE_WAIT; i <= SCTPX_COOKIE_ECHOED; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        sctpx_assoc_status status = sim_status(pair.ab);
        const uint32_t tags[] = {status.local_tag, 0x12345678};
        for (size_t k = 0; k < 2; k++) {
            struct pb *pb = pb_new(status.remote_port, status.local_port, tags[k]);
            pb_shutdown_ack(pb);
            sim_peer_send(pair.ab, pb);
            assert_int_equal(sim_sent(pair.a, SIM_SHUTDOWN_COMPLETE), k + 1);
            const struct sim_record *record = sim_sent_nth(pair.a, SIM_SHUTDOWN_COMPLETE, k);
            assert_int_equal(record->vtag, tags[k]);
            assert_int_equal(record->chunks[0].flags, 1);
            assert_int_equal(sim_state(pair.ab), i);
        }
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_every_packet_has_the_peers_tag),
        sim_unit_test(test_a_wrong_tag_is_discarded),
        sim_unit_test(test_tags_of_init_and_cookie_echo),
        sim_unit_test(test_tag_zero_is_for_init_alone),
        sim_unit_test(test_abort_is_sent_with_the_peers_tag),
        sim_unit_test(test_abort_in_answer_to_a_stranger_reflects_the_tag),
        sim_unit_test(test_which_abort_is_accepted),
        sim_unit_test(test_an_abort_behind_another_chunk_is_accepted),
        sim_unit_test(test_the_peers_tag_without_such_an_abort),
        sim_unit_test(test_a_packet_with_a_wrong_abort_is_discarded),
        sim_unit_test(test_shutdown_complete_of_an_association),
        sim_unit_test(test_shutdown_complete_without_an_association),
        sim_unit_test(test_which_shutdown_complete_is_accepted),
        sim_unit_test(test_shutdown_ack_during_the_setup_is_out_of_the_blue),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_08_tag", tests, NULL, NULL);
}
