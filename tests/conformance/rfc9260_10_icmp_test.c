/* SPDX-License-Identifier: MIT */
/* RFC 9260 10, RFC 6951 5.5: what ICMP may do to an association, and what it must not. */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

/* Offsets in an SCTP packet that begins with an INIT. */
enum { SOURCE_PORT = 0, DESTINATION_PORT = 2, TAG = 4, CHUNK_TYPE = 12, INITIATE_TAG = 16 };

/* The host, in COOKIE-WAIT with this peer. */
static struct sim_raw connecting(struct sim *sim)
{
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    return raw;
}

/* An "unreachable" that quotes a packet to this peer. */
static void tell(const struct sim_raw *raw, const uint8_t *quoted, size_t length)
{
    sctpx_endpoint_on_unreachable(raw->host->endpoint, raw->host->sim->now, &raw->addr, quoted,
                                  length);
    sim_flush(raw->host->sim);
}

/* The same, with one byte of the quotation changed. */
static void tell_changed(const struct sim_raw *raw, const struct sim_record *record, size_t at)
{
    uint8_t quoted[1500];
    assert_true(at < record->length && record->length <= sizeof(quoted));
    memcpy(quoted, record->raw, record->length);
    quoted[at] ^= 0x10;
    tell(raw, quoted, record->length);
}

static void check_goes_on(struct sim_raw *raw)
{
    assert_false(raw->conn->is_closed);
    size_t n = sim_raw_count(raw, SIM_DATA);
    sim_send(raw->conn, 0, 10);
    sim_flush(raw->host->sim);
    assert_int_equal(sim_raw_count(raw, SIM_DATA), n + 1);
}

/* The association is found by what is quoted: peers that were not meant are left alone.
 * covers: 9260/10-6 6951/5.5-1 */
static void test_payload_tells_the_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connecting(sim);
    struct sim_raw other = sim_raw_new(raw.host, 2);
    other.conn = sim_connect_to(raw.host, &other.addr, 1, other.port, 0, NULL);
    sim_flush(sim);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    tell_changed(&raw, init, SOURCE_PORT + 1);
    tell_changed(&raw, init, DESTINATION_PORT + 1);
    tell(&other, init->raw, init->length);
    assert_false(raw.conn->is_closed);
    assert_false(other.conn->is_closed);
    tell(&raw, init->raw, init->length);
    assert_true(raw.conn->is_closed);
    assert_false(other.conn->is_closed);
    sim_finish(sim);
}

/* covers: 9260/10-7 6951/5.5-1 */
static void test_no_association_is_found_for_strangers(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connecting(sim);
    struct sim_raw stranger = sim_raw_new(raw.host, 9);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    size_t sent = sim_sent(raw.host, SIM_ANY);
    tell(&stranger, init->raw, init->length);
    tell(&stranger, NULL, 0);
    assert_false(raw.conn->is_closed);
    assert_int_equal(sim_sent(raw.host, SIM_ANY), sent);
    sim_finish(sim);
}

/* Tag 0 counts only before an INIT with our Initiate Tag, and other tags only if they are right.
 * covers: 9260/10-8 6951/5.5-1 */
static void test_what_is_quoted_must_be_our_init(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connecting(sim);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    for (size_t i = 0; i < 4; i++) {
        tell_changed(&raw, init, TAG + i);
        tell_changed(&raw, init, INITIATE_TAG + i);
        assert_false(raw.conn->is_closed);
    }
    tell_changed(&raw, init, CHUNK_TYPE);
    assert_false(raw.conn->is_closed);
    tell(&raw, init->raw, INITIATE_TAG + 4);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* Routers may quote no more than eight bytes.
 * covers: 9260/10-8 6951/5.5-1 */
static void test_short_quotations_are_discarded(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connecting(sim);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    for (size_t length = 0; length < INITIATE_TAG + 4; length++) {
        uint8_t *exact = pb_exact(init->raw, length);
        tell(&raw, exact, length);
        pb_exact_free(exact);
        assert_false(raw.conn->is_closed);
    }
    sim_finish(sim);
}

/* covers: 9260/10-10 6951/5.5-3 */
static void test_unreachable_init_is_like_an_abort(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connecting(sim);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    size_t sent = sim_sent(raw.host, SIM_ANY);
    tell(&raw, init->raw, init->length);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_EREFUSED);
    assert_int_equal(sim_sent(raw.host, SIM_ANY), sent);
    sim_finish(sim);
}

/* Only in COOKIE-WAIT: once the peer has answered, the late news about our INIT is old news.
 * covers: 9260/10-10 */
static void test_unreachable_init_means_nothing_later(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    sim_raw_answer(&raw, NULL);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    tell(&raw, init->raw, init->length);
    check_goes_on(&raw);
    sim_finish(sim);
}

/* With wrong tags it must not end; with the right one we leave it to the association's own
 * supervision as well.
 * covers: 9260/10-8 9260/10-11 */
static void test_established_association_stays(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    sim_raw_answer(&raw, NULL);
    sim_send(raw.conn, 0, 10);
    sim_flush(sim);
    const struct sim_record *data = sim_raw_last(&raw, SIM_DATA);
    for (size_t i = 0; i < 4; i++)
        tell_changed(&raw, data, TAG + i);
    check_goes_on(&raw);
    tell(&raw, data->raw, data->length);
    tell(&raw, NULL, 0);
    check_goes_on(&raw);
    sim_finish(sim);
}

/* Without any ICMP the end comes all the same, only later.
 * covers: 6951/5.5-2 */
static void test_silence_is_noticed_without_icmp(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connecting(sim);
    sim_run_for(sim, 400 * SIM_SECOND);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_ETIMEDOUT);
    struct sim_raw second = sim_raw_new(raw.host, 2);
    sim_raw_answer(&second, NULL);
    sim_send(second.conn, 0, 10);
    sim_run_for(sim, 1000 * SIM_SECOND);
    assert_true(second.conn->is_closed);
    assert_int_equal(second.conn->error, SCTPX_ELOST);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_payload_tells_the_association),
        sim_unit_test(test_no_association_is_found_for_strangers),
        sim_unit_test(test_what_is_quoted_must_be_our_init),
        sim_unit_test(test_short_quotations_are_discarded),
        sim_unit_test(test_unreachable_init_is_like_an_abort),
        sim_unit_test(test_unreachable_init_means_nothing_later),
        sim_unit_test(test_established_association_stays),
        sim_unit_test(test_silence_is_noticed_without_icmp),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_10_icmp", tests, NULL, NULL);
}
