/* SPDX-License-Identifier: MIT */
/* RFC 9260 5.2.1, 5.2.2, 5.2.3, 5.2.5: setup chunks that an association did not wait for. */
#include "rfc9260_05.h"

/* ---- INIT in COOKIE-WAIT and COOKIE-ECHOED (5.2.1) ------------------------------------------- */

static sctpx_assoc_options few_streams(void)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.out_streams = 20;
    options.max_in_streams = 30;
    options.rcvbuf_bytes = 77777;
    return options;
}

/* Between two multihomed hosts; the peer takes fewer streams than we wish for. */
static struct sim_raw setting_up(struct sim *sim, enum sctpx_assoc_state state)
{
    sctpx_assoc_options options = few_streams();
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 2, NULL), 1);
    raw.addr = addr_of(PRIVATE_IP);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, SIM_PORT, &options);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    raw.mis = 3;
    if (state == SCTPX_COOKIE_ECHOED) {
        struct pb *pb = init_ack(&raw);
        pb_end(pb);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_state(raw.conn), state);
    return raw;
}

/* Tag, a_rwnd, streams and TSN are in the 16 bytes after the chunk header; addresses follow.
 * covers: 9260/5.2.1-1 9260/5.2.1-2 9260/5.2.1-5 9260/5.2.1-6 */
static void test_init_ack_repeats_our_init(void **state)
{
    for (int wanted = SCTPX_COOKIE_WAIT; wanted <= SCTPX_COOKIE_ECHOED; wanted++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = setting_up(sim, (enum sctpx_assoc_state)wanted), other = raw;
        other.tag = 0x99999999;
        other.mis = UINT16_MAX; /* takes all the streams we want */
        sim_raw_send(&other, sim_raw_init(&other));
        const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
        const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
        assert_non_null(ack);
        assert_int_equal(ack->vtag, other.tag);
        assert_true(sim_same_ip(&ack->to, &raw.addr));
        assert_memory_equal(ack->raw + 12 + 4, init->raw + 12 + 4, 16);
        for (size_t n = 0; n < raw.host->n_addrs; n++)
            assert_true(lists_ipv4(ack, &raw.host->addrs[n]));
        sim_finish(sim);
    }
}

/* Our own number of outbound streams would be too much: 3.3.3 has the last word.
 * covers: 9260/3.3.3-17 */
static void test_init_ack_asks_for_no_more_streams_than_there_are(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = setting_up(sim, SCTPX_COOKIE_WAIT), other = raw;
    other.tag = 0x99999999;
    other.mis = 2;
    sim_raw_send(&other, sim_raw_init(&other));
    const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
    assert_non_null(ack);
    assert_int_equal(ack->raw[12 + 12] << 8 | ack->raw[12 + 13], 2);
    sim_finish(sim);
}

/* covers: 9260/5.2.1-12 9260/5.2.1-16 9260/5.2.2-12 */
static void test_cookie_of_a_collision(void **state)
{
    for (int wanted = SCTPX_COOKIE_WAIT; wanted <= SCTPX_COOKIE_ECHOED; wanted++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = setting_up(sim, (enum sctpx_assoc_state)wanted), other = raw;
        other.tag = 0x99999999;
        other.tsn = 4711;
        other.os = 7;
        get_cookie(&other);
        struct sctpxi_cookie cookie = read_cookie(&other), again;
        assert_int_equal(cookie.local_tag, raw.host_tag);
        assert_int_equal(cookie.local_tsn.v, raw.host_tsn);
        assert_int_equal(cookie.remote_tag, other.tag);
        assert_int_equal(cookie.remote_tsn.v, other.tsn);
        assert_int_equal(cookie.out_streams, 3);
        assert_int_equal(cookie.in_streams, 7);
        assert_int_equal(cookie.local_tie != 0, wanted == SCTPX_COOKIE_ECHOED);
        assert_int_equal(cookie.remote_tie != 0, wanted == SCTPX_COOKIE_ECHOED);
        get_cookie(&other); /* the ties stay: they are the association's */
        again = read_cookie(&other);
        assert_int_equal(again.local_tie, cookie.local_tie);
        assert_int_equal(again.remote_tie, cookie.remote_tie);
        sim_finish(sim);
    }
}

/* What was set up goes on as if nothing had come. covers: 9260/5.2.1-13 9260/5.2.1-14
 * 9260/5.2.1-15 */
static void test_collision_changes_nothing(void **state)
{
    for (int wanted = SCTPX_COOKIE_WAIT; wanted <= SCTPX_COOKIE_ECHOED; wanted++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = setting_up(sim, (enum sctpx_assoc_state)wanted), other = raw;
        int repeated = wanted == SCTPX_COOKIE_WAIT ? SIM_INIT : SIM_COOKIE_ECHO;
        other.tag = 0x99999999;
        sim_run_for(sim, 500 * SIM_MS);
        sctpx_time deadline = sctpx_endpoint_next_deadline(raw.host->endpoint);
        assert_int_equal(deadline, sim->now + 500 * SIM_MS);
        sctpx_assoc_status before = sim_status(raw.conn);
        get_cookie(&other);
        sctpx_assoc_status after = sim_status(raw.conn);
        assert_memory_equal(&before, &after, sizeof before);
        assert_int_equal(sctpx_endpoint_next_deadline(raw.host->endpoint), deadline);
        sim_run_for(sim, 500 * SIM_MS);
        assert_int_equal(sim_raw_count(&raw, repeated), 2);
        if (wanted == SCTPX_COOKIE_WAIT) {
            struct pb *pb = init_ack(&raw);
            pb_end(pb);
            sim_raw_send(&raw, pb);
        }
        send_cookie_ack(&raw);
        assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
        assert_int_equal(sim_status(raw.conn).remote_tag, raw.tag);
        sim_finish(sim);
    }
}

/* To a named one, which it lists, not to where it came from.
 * covers: 9260/5.2.1-2 9260/5.2.1-3 9260/5.2.1-4 */
static void test_where_init_ack_goes_in_cookie_wait(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    const sctpx_addr named[2] = {raw.addr, addr_of(THIRD_IP)}, other = addr_of(OTHER_IP);
    start_connect(&raw, named, 2);
    size_t mark = sim_mark(sim);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000242);
    pb_ipv4(pb, THIRD_IP);
    send_from(&raw, &other, pb);
    assert_int_equal(sent_to(raw.host, &named[1], SIM_INIT_ACK, mark), 1);
    pb = sim_raw_init(&raw);
    pb_ipv4(pb, THIRD_IP);
    pb_ipv4(pb, 0xC0000201);
    send_from(&raw, &named[1], pb); /* both would do: the source it is */
    assert_int_equal(sent_to(raw.host, &named[1], SIM_INIT_ACK, mark), 2);
    assert_int_equal(sent_to(raw.host, &named[0], SIM_INIT_ACK, mark), 0);
    assert_int_equal(sent_to(raw.host, &other, SIM_ANY, mark), 0);
    sim_finish(sim);
}

/* The cookie that went to the named address comes back from the one the INIT came from.
 * covers: 9260/5.2.4-8 9260/5.2.4-9 */
static void test_cookie_echo_from_a_reported_address(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = peer_in_state(sim, SCTPX_COOKIE_WAIT);
    const sctpx_addr other = addr_of(OTHER_IP);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000201);
    send_from(&raw, &other, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    send_from(&raw, &other, cookie_echo(&raw));
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    struct sim_query query = {.to = other, .chunk = SIM_COOKIE_ACK};
    const struct sim_record *ack = sim_last(sim, query);
    assert_non_null(ack);
    assert_true(sim_record_has(ack, SIM_HEARTBEAT)); /* 5.4: nobody has confirmed it */
    assert_true(sim_path(raw.conn, sim_path_to(raw.conn, &raw.addr)).confirmed);
    assert_false(sim_path(raw.conn, sim_path_to(raw.conn, &other)).confirmed);
    sim_finish(sim);
}

/* The ABORT lists the two addresses the association does not know, and no other. */
static void check_new_addresses(const struct sim_record *abort, uint32_t tag)
{
    assert_non_null(abort);
    assert_int_equal(abort->vtag, tag);
    assert_int_equal(abort->chunks[0].flags & 1, 0);
    const uint8_t *cause = first_cause(abort, SIM_ABORT);
    assert_int_equal(get_u32(cause), CAUSE_NEW_ADDRESSES << 16 | (4 + 8 + 8));
    assert_int_equal(get_u32(cause + 4), PARAM_IPV4 << 16 | 8);
    assert_int_equal(get_u32(cause + 8), OTHER_IP);
    assert_int_equal(get_u32(cause + 12), PARAM_IPV4 << 16 | 8);
    assert_int_equal(get_u32(cause + 16), THIRD_IP);
}

/* INIT of a peer with another tag that lists two more addresses. */
static void send_init_with_new_addresses(const struct sim_raw *raw)
{
    struct sim_raw other = *raw;
    other.tag = 0x99999999;
    struct pb *pb = sim_raw_init(&other);
    pb_ipv4(pb, OTHER_IP);
    pb_ipv4(pb, 0xC0000201);
    pb_ipv4(pb, THIRD_IP);
    sim_raw_send(&other, pb);
}

/* covers: 9260/5.2.1-7 9260/5.2.1-8 9260/5.2.1-9 9260/5.2.1-10 9260/5.2.1-11 9260/5.2.2-2
 * 9260/5.2.2-3 9260/5.2.2-4 9260/5.2.2-5 9260/5.2.2-10 9260/5.2.2-11 */
static void test_new_addresses_are_refused(void **state)
{
    for (int wanted = SCTPX_COOKIE_ECHOED; wanted < SCTPX_SHUTDOWN_ACK_SENT; wanted++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = peer_in_state(sim, (enum sctpx_assoc_state)wanted);
        sctpx_assoc_status before = sim_status(raw.conn);
        sctpx_time deadline = sctpx_endpoint_next_deadline(raw.host->endpoint);
        size_t mark = sim_mark(sim), events = raw.host->n_events;
        send_init_with_new_addresses(&raw);
        assert_int_equal(sim_mark(sim), mark + 1);
        check_new_addresses(sim_raw_last(&raw, SIM_ABORT), 0x99999999);
        sctpx_assoc_status after = sim_status(raw.conn);
        assert_memory_equal(&before, &after, sizeof before);
        assert_int_equal(raw.host->n_events, events);
        assert_int_equal(sctpx_endpoint_next_deadline(raw.host->endpoint), deadline);
        sim_finish(sim);
    }
}

/* ---- INIT later (5.2.2) ---------------------------------------------------------------------- */

/* covers: 9260/5.2.2-1 9260/5.2.2-6 9260/5.2.2-7 9260/5.2.2-8 9260/5.2.2-10 9260/5.2.2-11 */
static void test_unexpected_init(void **state)
{
    for (int wanted = SCTPX_ESTABLISHED; wanted < SCTPX_SHUTDOWN_ACK_SENT; wanted++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = peer_in_state(sim, (enum sctpx_assoc_state)wanted), other = raw;
        sctpx_assoc_status before = sim_status(raw.conn);
        sctpx_time deadline = sctpx_endpoint_next_deadline(raw.host->endpoint);
        size_t mark = sim_mark(sim), events = raw.host->n_events;
        other.tag = 0x99999999;
        get_cookie(&other);
        assert_int_equal(sim_mark(sim), mark + 1);
        assert_int_equal(sim_raw_last(&raw, SIM_INIT_ACK)->vtag, other.tag);
        assert_int_not_equal(other.host_tag, 0);
        assert_int_not_equal(other.host_tag, raw.host_tag);
        struct sctpxi_cookie first = read_cookie(&other), second;
        assert_true(first.local_tie != 0 && first.remote_tie != 0);
        assert_int_equal(first.local_tag, other.host_tag);
        uint32_t tag = other.host_tag;
        get_cookie(&other);
        second = read_cookie(&other);
        assert_int_not_equal(other.host_tag, tag); /* each time another one */
        assert_int_equal(second.local_tie, first.local_tie);
        assert_int_equal(second.remote_tie, first.remote_tie);
        sctpx_assoc_status after = sim_status(raw.conn);
        assert_memory_equal(&before, &after, sizeof before);
        assert_int_equal(raw.host->n_events, events);
        assert_int_equal(sctpx_endpoint_next_deadline(raw.host->endpoint), deadline);
        sim_finish(sim);
    }
}

/* The association has three streams because its peer took no more; now the peer takes ten.
 * covers: 9260/5.2.2-9 */
static void test_parameters_of_the_association(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = few_streams();
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.mis = 3;
    sim_raw_answer(&raw, &options);
    assert_int_equal(sim_status(raw.conn).out_streams, 3);
    struct sim_raw other = raw;
    other.tag = 0x99999999;
    other.mis = 10;
    get_cookie(&other);
    const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
    const uint8_t *fixed = ack->raw + 12 + 4;
    assert_int_equal(get_u32(fixed + 4), 77777);
    assert_int_equal(get_u16(fixed + 8), 3);
    assert_int_equal(get_u16(fixed + 10), 30);
    assert_int_equal(read_cookie(&other).out_streams, 3);
    sim_finish(sim);
}

/* covers: 9260/5.2.2-12 */
static void test_no_tie_tags_without_an_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    assert_int_equal(read_cookie(&raw).local_tie, 0);
    assert_int_equal(read_cookie(&raw).remote_tie, 0);
    sim_finish(sim);
}

/* ---- INIT ACK and COOKIE ACK (5.2.3, 5.2.5) -------------------------------------------------- */

/* covers: 9260/5.2.3-1 9260/5.2.5-1 */
static void test_unexpected_init_ack_and_cookie_ack(void **state)
{
    for (int wanted = SCTPX_COOKIE_WAIT; wanted <= SIM_LAST_STATE; wanted++) {
        for (int is_init_ack = 0; is_init_ack < 2; is_init_ack++) {
            if (wanted == (is_init_ack ? SCTPX_COOKIE_WAIT : SCTPX_COOKIE_ECHOED))
                continue;
            struct sim *sim = sim_renew(state);
            struct sim_raw raw = peer_in_state(sim, (enum sctpx_assoc_state)wanted), other = raw;
            sctpx_assoc_status before = sim_status(raw.conn);
            size_t mark = sim_mark(sim), events = raw.host->n_events;
            other.tag = 0x99999999;
            struct pb *pb = is_init_ack ? init_ack(&other) : sim_raw_packet(&raw);
            if (is_init_ack)
                pb_end(pb);
            else
                pb_cookie_ack(pb);
            sim_raw_send(&raw, pb);
            assert_int_equal(sim_mark(sim), mark);
            assert_int_equal(raw.host->n_events, events);
            sctpx_assoc_status after = sim_status(raw.conn);
            assert_int_equal(after.state, wanted);
            assert_int_equal(after.remote_tag, before.remote_tag);
            assert_int_equal(after.out_streams, before.out_streams);
            sim_finish(sim);
        }
    }
}

/* Out of the blue COOKIE ACK draws no answer either. covers: 9260/5.2.5-1 */
static void test_cookie_ack_out_of_the_blue(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    raw.host_tag = 0x12345678;
    send_cookie_ack(&raw);
    assert_int_equal(sim_mark(sim), 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_init_ack_repeats_our_init),
        sim_unit_test(test_init_ack_asks_for_no_more_streams_than_there_are),
        sim_unit_test(test_cookie_of_a_collision),
        sim_unit_test(test_collision_changes_nothing),
        sim_unit_test(test_where_init_ack_goes_in_cookie_wait),
        sim_unit_test(test_cookie_echo_from_a_reported_address),
        sim_unit_test(test_new_addresses_are_refused),
        sim_unit_test(test_unexpected_init),
        sim_unit_test(test_parameters_of_the_association),
        sim_unit_test(test_no_tie_tags_without_an_association),
        sim_unit_test(test_unexpected_init_ack_and_cookie_ack),
        sim_unit_test(test_cookie_ack_out_of_the_blue),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_init", tests, NULL, NULL);
}
