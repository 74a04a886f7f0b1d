/* SPDX-License-Identifier: MIT */
/* Verification tags: packets with wrong ones change nothing (RFC 9260 8.5). */
#include "sim/raw.h"
#include "sim/siege.h"
#include "sim/sim.h"
#include "sim/states.h"

static void check_wrong_tags(struct sim_pair *pair, enum sctpx_assoc_state wanted)
{
    struct sim *sim = pair->a->sim;
    sctpx_assoc_status status = sim_status(pair->ab);
    uint32_t tags[] = {status.local_tag ^ 1, status.local_tag ^ 0x80000000u, 1, 0};
    for (int chunk = 0; chunk < 256; chunk = chunk < 16 ? chunk + 1 : chunk + 48)
        for (size_t i = 0; i < 4; i++) {
            /* INIT with tag 0 is right; SHUTDOWN ACK in set-up is answered as out of the blue. */
            if ((chunk == SIM_INIT && tags[i] == 0) ||
                (chunk == SIM_SHUTDOWN_ACK && wanted <= SCTPX_COOKIE_ECHOED))
                continue;
            size_t mark = sim_mark(sim);
            struct pb *pb = pb_new(status.remote_port, status.local_port, tags[i]);
            sim_put_chunk(pb, (uint8_t)chunk);
            assert_int_not_equal(sim_peer_send(pair->ab, pb), 0);
            if (sim_mark(sim) != mark || sim_state(pair->ab) != wanted)
                sim_fail(sim, "chunk %d with tag %zu has an effect in %s", chunk, i,
                         sim_state_name(wanted));
        }
    assert_int_equal(sim_status(pair->ab).local_tag, status.local_tag);
    assert_int_equal(sim_status(pair->ab).remote_tag, status.remote_tag);
}

static void test_every_chunk_in_every_state(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        check_wrong_tags(&pair, (enum sctpx_assoc_state)i);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

/* Malformed chunks with wrong tags (attack V1). */
static void test_malformed_with_wrong_tag(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sctpx_assoc_status status = sim_status(pair.ab);
    size_t mark = sim_mark(sim);
    for (int chunk = 0; chunk < 20; chunk++)
        for (uint16_t length = 0; length < 40; length += 3) {
            struct pb *pb =
                pb_new(status.remote_port, status.local_port, status.local_tag ^ 0xFF00u);
            pb_chunk(pb, (uint8_t)chunk, 0);
            pb_fill(pb, 0xEE, 12);
            pb_lie_length(pb, length);
            pb_end(pb);
            sim_peer_send(pair.ab, pb);
        }
    assert_int_equal(sim_mark(sim), mark);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* Tag and T bit of an ABORT or SHUTDOWN COMPLETE (8.5.1 B and C; attack V2). */
enum { OWN, PEERS, WRONG };

static bool ends(struct sim *sim, enum sctpx_assoc_state wanted, bool is_abort, int tag, bool t_bit)
{
    struct sim_pair pair = sim_pair_in_state(sim, wanted);
    sctpx_assoc_status status = sim_status(pair.ab);
    uint32_t value = tag == OWN     ? status.local_tag
                     : tag == PEERS ? status.remote_tag
                                    : status.local_tag ^ 0x10u;
    if (tag == PEERS && wanted == SCTPX_COOKIE_WAIT)
        value = 0x1234;
    struct pb *pb = pb_new(status.remote_port, status.local_port, value);
    if (is_abort) {
        pb_abort(pb, t_bit);
        pb_end(pb);
    } else {
        pb_shutdown_complete(pb, t_bit);
    }
    sim_peer_send(pair.ab, pb);
    bool is_closed = pair.ab->is_closed;
    if (!is_closed)
        assert_int_equal(sim_state(pair.ab), wanted);
    sim_finish(sim);
    return is_closed;
}

static void check_t_bit(void **state, bool is_abort)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++)
        for (int tag = OWN; tag <= WRONG; tag++)
            for (int t_bit = 0; t_bit < 2; t_bit++) {
                struct sim *sim = sim_renew(state);
                /* In COOKIE_WAIT there is no peer's tag. */
                bool good =
                    (tag == OWN && !t_bit) || (tag == PEERS && t_bit && i != SCTPX_COOKIE_WAIT);
                if (!is_abort)
                    good = good && i == SCTPX_SHUTDOWN_ACK_SENT;
                bool ended = ends(sim, (enum sctpx_assoc_state)i, is_abort, tag, t_bit);
                if (ended != good)
                    sim_fail(sim, "%s: tag %d T %d in %s", is_abort ? "ABORT" : "COMPLETE", tag,
                             t_bit, sim_state_name((enum sctpx_assoc_state)i));
            }
}

static void test_t_bit_of_abort(void **state)
{
    check_t_bit(state, true);
}

static void test_t_bit_of_shutdown_complete(void **state)
{
    check_t_bit(state, false);
}

/* The right tag from the wrong address is no member of the association. */
static void test_right_tag_from_a_strange_address(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sctpx_addr stranger = sim_ipv4(203, 0, 113, 7, SIM_UDP_PORT);
    struct pb *pb = sim_peer_packet(pair.ab);
    pb_abort(pb, false);
    pb_end(pb);
    sim_inject_pb(sim, &stranger, &pair.a->addrs[0], pb);
    sim_flush(sim);
    pb = sim_peer_packet(pair.ab);
    pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
    sim_inject_pb(sim, &stranger, &pair.a->addrs[0], pb);
    sim_flush(sim);
    assert_false(pair.ab->is_closed);
    assert_int_equal(sim_status(pair.ab).paths, 1);
    sim_pair_check_end(&pair, SCTPX_ESTABLISHED);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_every_chunk_in_every_state),
        sim_unit_test(test_malformed_with_wrong_tag),
        sim_unit_test(test_t_bit_of_abort),
        sim_unit_test(test_t_bit_of_shutdown_complete),
        sim_unit_test(test_right_tag_from_a_strange_address),
    };
    return cmocka_run_group_tests_name("scenario.tags", tests, NULL, NULL);
}
