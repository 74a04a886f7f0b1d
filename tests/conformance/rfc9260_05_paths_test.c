/* SPDX-License-Identifier: MIT */
/* RFC 9260 5.4: which addresses are confirmed, what the others get, and how they become so. */
#include "rfc9260_05.h"

/* An association of a listening host with a peer that listed so many more addresses (.99, .98 and
 * on); the cookie is not sent yet. */
static struct sim_raw listed(struct sim *sim, const sctpx_assoc_options *options, uint32_t n)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    if (options)
        listen.assoc = *options;
    sim_listen(host, SIM_PORT, &listen);
    struct sim_raw raw = sim_raw_new(host, 1);
    struct pb *pb = sim_raw_init(&raw);
    for (uint32_t i = 0; i < n; i++)
        pb_ipv4(pb, OTHER_IP - i);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    return raw;
}

static void accept_from(struct sim_raw *raw, const sctpx_addr *from)
{
    send_from(raw, from, cookie_echo(raw));
    raw->conn = sim_accepted(raw->host, 0);
    assert_int_equal(sim_state(raw->conn), SCTPX_ESTABLISHED);
}

static bool is_confirmed(const struct sim_conn *conn, const sctpx_addr *addr)
{
    return sim_path(conn, sim_path_to(conn, addr)).confirmed;
}

/* The value of the Heartbeat Info in the n-th HEARTBEAT to an address. */
static const uint8_t *heartbeat_info(const struct sim_raw *raw, const sctpx_addr *to, size_t n,
                                     size_t *ret_length)
{
    struct sim *sim = raw->host->sim;
    struct sim_query query = {.from = raw->host, .to = *to, .chunk = SIM_HEARTBEAT};
    const struct sim_record *record = sim_nth(sim, query, n);
    assert_non_null(record);
    const struct sim_chunk *chunk = sim_find_chunk(sim, record, SIM_HEARTBEAT);
    *ret_length = chunk->length - 8u;
    return record->raw + chunk->offset + 8;
}

static void answer_heartbeat(struct sim_raw *raw, const uint8_t *info, size_t length)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat_ack(pb, info, length);
    sim_raw_send(raw, pb);
}

/* Nothing but HEARTBEAT and HEARTBEAT ACK, and COOKIE ACK together with HEARTBEAT. */
static void check_only_probes(const struct sim_host *host, const sctpx_addr *addr)
{
    struct sim_query query = {.from = host, .to = *addr, .chunk = SIM_ANY};
    for (size_t n = 0; n < sim_count(host->sim, query); n++) {
        const struct sim_record *record = sim_nth(host->sim, query, n);
        for (size_t i = 0; i < record->n_chunks; i++) {
            int type = record->chunks[i].type;
            if (type == SIM_COOKIE_ACK && sim_record_has(record, SIM_HEARTBEAT))
                continue;
            if (type != SIM_HEARTBEAT && type != SIM_HEARTBEAT_ACK)
                sim_fail(host->sim, "chunk %d to an unconfirmed address", type);
        }
    }
}

/* covers: 9260/5.4-14 */
static void test_confirmed_from_the_start(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
    struct sim_raw raw = listed(sim, NULL, 2);
    accept_from(&raw, &other); /* not from where INIT ACK went */
    assert_true(is_confirmed(raw.conn, &raw.addr));
    assert_false(is_confirmed(raw.conn, &other));
    assert_false(is_confirmed(raw.conn, &third));
    sim_finish(sim);
    sim = sim_renew(state);
    raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    const sctpx_addr named[2] = {raw.addr, other};
    start_connect(&raw, named, 2);
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, OTHER_IP);
    pb_ipv4(pb, THIRD_IP);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    send_cookie_ack(&raw);
    assert_true(is_confirmed(raw.conn, &raw.addr));
    assert_true(is_confirmed(raw.conn, &other));
    assert_false(is_confirmed(raw.conn, &third));
    sim_finish(sim);
}

/* covers: 9260/5.4-7 9260/5.4-8 */
static void test_cookie_ack_takes_a_heartbeat_along(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP);
    struct sim_raw raw = listed(sim, NULL, 3);
    accept_from(&raw, &other);
    for (int i = 0; i < 2; i++) { /* and again for its duplicate (5.2.4 D) */
        struct sim_query query = {.from = raw.host, .chunk = SIM_COOKIE_ACK};
        const struct sim_record *ack = sim_last(sim, query);
        assert_true(sim_same_ip(&ack->to, &other));
        assert_true(sim_record_has(ack, SIM_HEARTBEAT));
        assert_int_equal(sim_count(sim, query), i + 1);
        send_from(&raw, &other, cookie_echo(&raw));
    }
    size_t length;
    const uint8_t *info = heartbeat_info(&raw, &other, 0, &length);
    answer_heartbeat(&raw, info, length);
    assert_true(is_confirmed(raw.conn, &other));
    sim_finish(sim);
}

/* After SHUTDOWN no HEARTBEAT is sent (8.3): COOKIE ACK goes to a confirmed address, then.
 * covers: 9260/5.4-8 */
static void test_cookie_ack_without_heartbeat(void **state)
{
    for (int wanted = SCTPX_SHUTDOWN_SENT; wanted <= SIM_LAST_STATE; wanted++) {
        if (wanted == SCTPX_SHUTDOWN_RECEIVED)
            continue;
        struct sim *sim = sim_renew(state);
        const sctpx_addr other = addr_of(OTHER_IP);
        struct sim_raw raw = listed(sim, NULL, 1);
        accept_from(&raw, &raw.addr);
        enter_shutdown(&raw, (enum sctpx_assoc_state)wanted);
        size_t mark = sim_mark(sim);
        send_from(&raw, &other, cookie_echo(&raw));
        assert_int_equal(sent_to(raw.host, &other, SIM_ANY, mark), 0);
        assert_int_equal(sent_to(raw.host, &raw.addr, SIM_COOKIE_ACK, mark), 1);
        assert_int_equal(sim_state(raw.conn), wanted);
        sim_finish(sim);
    }
}

/* Within any RTO (that of a path that has not answered yet is a second or more). */
static void check_burst(const struct sim_host *host, size_t most)
{
    struct sim_query query = {.from = host, .chunk = SIM_HEARTBEAT};
    size_t n = sim_count(host->sim, query);
    for (size_t i = most; i < n; i++)
        assert_true(sim_nth(host->sim, query, i)->at - sim_nth(host->sim, query, i - most)->at >=
                    SIM_SECOND);
}

/* Six addresses wait for a probe; COOKIE ACK takes one along or not. covers: 9260/5.4-2 */
static void test_burst_of_probes_is_limited(void **state)
{
    for (uint16_t burst = 1; burst <= 3; burst++) {
        for (int is_from_other = 0; is_from_other < 2; is_from_other++) {
            struct sim *sim = sim_renew(state);
            const sctpx_addr other = addr_of(OTHER_IP - 3);
            sctpx_assoc_options options;
            sctpx_assoc_options_defaults(&options);
            options.hb_max_burst = burst;
            struct sim_raw raw = listed(sim, &options, 6);
            accept_from(&raw, is_from_other ? &other : &raw.addr);
            assert_int_equal(sim_sent(raw.host, SIM_HEARTBEAT), burst);
            sim_run_for(sim, 20 * SIM_SECOND);
            check_burst(raw.host, burst);
            for (uint32_t i = 0; i < 6; i++) {
                const sctpx_addr addr = addr_of(OTHER_IP - i);
                assert_true(sent_to(raw.host, &addr, SIM_HEARTBEAT, 0) > 0);
            }
            sim_finish(sim);
        }
    }
}

/* From the first moment on, each time its RTO is over, which doubles; when the path is inactive,
 * with HB.interval on top. covers: 9260/5.4-1 9260/5.4-5 */
static void test_rate_of_probes(void **state)
{
    static const sctpx_time seconds[] = {0, 1, 3, 7, 15, 31};
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP);
    struct sim_raw raw = listed(sim, NULL, 1);
    sctpx_time start = sim->now;
    accept_from(&raw, &raw.addr);
    size_t path = sim_path_to(raw.conn, &other);
    for (sctpx_time t = 0; t < 70; t++) { /* keep the first path alive */
        sim_run_for(sim, SIM_SECOND);
        sim_raw_data(&raw, 0, (uint16_t)t, 10);
        size_t n = sent_to(raw.host, &raw.addr, SIM_HEARTBEAT, 0), length;
        if (n > 0) {
            const uint8_t *info = heartbeat_info(&raw, &raw.addr, n - 1, &length);
            answer_heartbeat(&raw, info, length);
        }
    }
    struct sim_query query = {.from = raw.host, .to = other, .chunk = SIM_HEARTBEAT};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(sim_nth(sim, query, i)->at - start, seconds[i] * SIM_SECOND);
    assert_false(sim_path(raw.conn, path).active);
    size_t before = sim_count(sim, query);
    assert_true(before <= 7);
    sctpx_time inactive_at = sim_nth(sim, query, 5)->at;
    for (size_t i = 6; i < before; i++)
        assert_true(sim_nth(sim, query, i)->at - inactive_at >= 30 * SIM_SECOND);
    sim_finish(sim);
}

/* covers: 9260/5.4-3 9260/5.4-15 */
static void test_answer_confirms_the_address_asked(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
    struct sim_raw raw = listed(sim, NULL, 2);
    accept_from(&raw, &raw.addr);
    sim_run_for(sim, 1500 * SIM_MS);
    size_t length, length_of_third;
    const uint8_t *info = heartbeat_info(&raw, &other, 0, &length);
    const uint8_t *third_info = heartbeat_info(&raw, &third, 0, &length_of_third);
    assert_int_equal(length_of_third, length);
    assert_true(length >= 8);
    assert_memory_not_equal(info + length - 8, third_info + length - 8, 8);
    answer_heartbeat(&raw, info,
                     length); /* from a confirmed address: it is the nonce that counts */
    assert_true(is_confirmed(raw.conn, &other));
    assert_false(is_confirmed(raw.conn, &third));
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PATH_CONFIRMED), 1);
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_PATH_CONFIRMED, 0)->path,
                     sim_path_to(raw.conn, &other));
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, sim_path_to(raw.conn, &third)),
                     SCTPX_ESTATE);
    assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, sim_path_to(raw.conn, &other)), 0);
    sim_send(raw.conn, 0, 100); /* available for data now */
    sim_flush(sim);
    assert_int_equal(sent_to(raw.host, &other, SIM_DATA, 0), 1);
    sim_finish(sim);
}

/* Each bit of it, and the address exchanged for another. covers: 9260/5.4-15 */
static void test_wrong_nonces_confirm_nothing(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
    struct sim_raw raw = listed(sim, NULL, 2);
    accept_from(&raw, &raw.addr);
    sim_run_for(sim, 1500 * SIM_MS);
    size_t length;
    const uint8_t *info = heartbeat_info(&raw, &other, 0, &length);
    const uint8_t *third_info = heartbeat_info(&raw, &third, 0, &length);
    uint8_t copy[64];
    assert_true(length <= sizeof copy);
    for (size_t i = 0; i < 8 * length; i++) {
        memcpy(copy, info, length);
        copy[i / 8] ^= (uint8_t)(1u << i % 8);
        answer_heartbeat(&raw, copy, length);
    }
    memcpy(copy, info, length); /* the one's path, the other's nonce, and the reverse */
    memcpy(copy + length - 8, third_info + length - 8, 8);
    answer_heartbeat(&raw, copy, length);
    memcpy(copy, third_info, length);
    memcpy(copy + length - 8, info + length - 8, 8);
    answer_heartbeat(&raw, copy, length);
    answer_heartbeat(&raw, info, length - 1);
    assert_false(is_confirmed(raw.conn, &other));
    assert_false(is_confirmed(raw.conn, &third));
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* Three time-outs for an association that stands two. covers: 9260/5.4-16 */
static void test_probes_do_not_count_against_the_association(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP);
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.association_max_retrans = 2;
    options.path_max_retrans = 2;
    struct sim_raw raw = listed(sim, &options, 1);
    accept_from(&raw, &raw.addr);
    size_t path = sim_path_to(raw.conn, &other);
    sim_run_for(sim, 1500 * SIM_MS);
    assert_int_equal(sim_path(raw.conn, path).errors, 1);
    sim_run_for(sim, 18 * SIM_SECOND);
    assert_true(sim_path(raw.conn, path).errors > 2);
    assert_false(sim_path(raw.conn, path).active);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PATH_DOWN), 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_path(raw.conn, sim_path_to(raw.conn, &raw.addr)).errors, 0);
    sim_finish(sim);
}

enum { N_INCOMING = 12 };

/* Something that asks for an answer, or for an end; NULL = no such packet. */
static struct pb *incoming(struct sim_raw *raw, int which)
{
    struct pb *pb = sim_raw_packet(raw);
    switch (which) {
    case 0:
        pb_heartbeat(pb, "hello", 5);
        break;
    case 1:
        put_message(pb, raw->tsn, 0, 0, 10);
        break;
    case 2:
        put_message(pb, raw->tsn + 1, 0, 1, 10);
        break; /* a gap */
    case 3:
        pb_data(pb, 3, raw->tsn, 0, 0, 0, "", 0);
        break; /* ABORT, No User Data */
    case 4:
        put_message(pb, raw->tsn, 999, 0, 10);
        break; /* ERROR, Invalid Stream */
    case 5:
        pb_sack(pb, raw->host_tsn - 1, 100000, 0, NULL, 0, NULL);
        break;
    case 6:
        pb_sack(pb, raw->host_tsn + 99, 100000, 0, NULL, 0, NULL);
        break; /* ABORT */
    case 7:
        pb_shutdown(pb, raw->host_tsn - 1);
        break;
    case 8:
        pb_shutdown(pb, raw->host_tsn + 99);
        break; /* ABORT */
    case 9:
        pb_shutdown_ack(pb);
        break;
    case 10:
        pb_chunk(pb, 0xC5, 0), pb_end(pb);
        break; /* ERROR, Unrecognized Chunk Type */
    default:
        pb_cookie_ack(pb);
        break;
    }
    return pb;
}

/* What comes in from it, in every state, and the time-outs that follow.
 * covers: 9260/5.4-4 9260/5.4-5 9260/5.4-6 */
static void test_nothing_else_goes_to_an_unconfirmed_address(void **state)
{
    const sctpx_addr other = addr_of(OTHER_IP);
    for (int wanted = SCTPX_COOKIE_ECHOED; wanted <= SIM_LAST_STATE; wanted++) {
        for (int which = 0; which < N_INCOMING; which++) {
            if (wanted == SCTPX_COOKIE_ECHOED && which == 9)
                continue; /* out of the blue, whatever its tag (8.5.1 E) */
            struct sim *sim = sim_renew(state);
            struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
            bring_into_with(&raw, (enum sctpx_assoc_state)wanted, OTHER_IP);
            if (wanted == SCTPX_ESTABLISHED)
                sim_send(raw.conn, 0, 100);
            send_from(&raw, &other, incoming(&raw, which));
            check_only_probes(raw.host, &other);
            if (wanted == SCTPX_SHUTDOWN_SENT && which == 7) /* answered to a confirmed one */
                assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), 1);
            sim_run_for(sim, 2 * SIM_SECOND); /* time-outs: all that is repeated */
            if (wanted == SCTPX_ESTABLISHED && which == 0)
                assert_int_equal(sim_raw_count(&raw, SIM_DATA), 2);
            sim_run_for(sim, 100 * SIM_SECOND);
            check_only_probes(raw.host, &other);
            sim_finish(sim);
        }
    }
}

/* 9.2: an INIT in SHUTDOWN-ACK-SENT asks for SHUTDOWN ACK again. covers: 9260/5.4-4 */
static void test_shutdown_ack_goes_to_a_confirmed_address(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP);
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1), again;
    bring_into_with(&raw, SCTPX_SHUTDOWN_ACK_SENT, OTHER_IP);
    again = raw;
    again.tag = 0x99999999;
    size_t n = sim_raw_count(&raw, SIM_SHUTDOWN_ACK);
    send_from(&again, &other, sim_raw_init(&again));
    check_only_probes(raw.host, &other);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_ACK), n + 1);
    sim_finish(sim);
}

/* What is behind COOKIE ECHO is acknowledged where data may go. covers: 9260/5.4-4 9260/5.4-8 */
static void test_sack_for_data_behind_cookie_echo(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP);
    struct sim_raw raw = listed(sim, NULL, 1);
    struct pb *pb = cookie_echo(&raw);
    put_message(pb, raw.tsn, 0, 0, 10);
    send_from(&raw, &other, pb);
    assert_int_equal(sim_accepted(raw.host, 0)->received_messages, 1);
    assert_int_equal(sent_to(raw.host, &other, SIM_COOKIE_ACK, 0), 1);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    check_only_probes(raw.host, &other);
    sim_finish(sim);
}

/* INIT ACK came from an address nobody named, and lists more. covers: 9260/5.4-13 */
static void test_cookie_echo_goes_to_confirmed_addresses(void **state)
{
    struct sim *sim = *state;
    const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, 0xC0000201);
    pb_ipv4(pb, THIRD_IP);
    pb_end(pb);
    send_from(&raw, &other, pb);
    sim_run_until_closed(raw.conn, 1000 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 9);
    assert_int_equal(sent_to(raw.host, &other, SIM_ANY, 0), 0);
    assert_int_equal(sent_to(raw.host, &third, SIM_ANY, 0), 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_confirmed_from_the_start),
        sim_unit_test(test_cookie_ack_takes_a_heartbeat_along),
        sim_unit_test(test_cookie_ack_without_heartbeat),
        sim_unit_test(test_burst_of_probes_is_limited),
        sim_unit_test(test_rate_of_probes),
        sim_unit_test(test_answer_confirms_the_address_asked),
        sim_unit_test(test_wrong_nonces_confirm_nothing),
        sim_unit_test(test_probes_do_not_count_against_the_association),
        sim_rfc9260_test(test_nothing_else_goes_to_an_unconfirmed_address),
        sim_unit_test(test_shutdown_ack_goes_to_a_confirmed_address),
        sim_unit_test(test_sack_for_data_behind_cookie_echo),
        sim_unit_test(test_cookie_echo_goes_to_confirmed_addresses),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_paths", tests, NULL, NULL);
}
