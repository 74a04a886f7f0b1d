/* SPDX-License-Identifier: MIT */
/*
 * A tag that is guessed from somewhere else must look like any other: to a packet from an address
 * that is not the peer's the right tag and a wrong one are answered alike (RFC 9260 8.4 8).
 */
#include <string.h>

#include "sim/siege.h"
#include "sim/states.h"

/* From a stranger's own address with the peer's ports; the answer is left in the record. */
static const struct sim_record *probe(const struct sim_pair *pair, uint32_t tag, uint8_t type)
{
    struct sim *sim = pair->a->sim;
    const sctpx_addr stranger = sim_ipv4(203, 0, 113, 66, SIM_UDP_PORT);
    sctpx_assoc_status status = sim_status(pair->ab);
    size_t mark = sim_mark(sim);
    struct pb *pb = pb_new(status.remote_port, status.local_port, tag);
    sim_put_chunk(pb, type);
    sim_inject_pb(sim, &stranger, &pair->a->addrs[0], pb);
    sim_flush(sim);
    return sim_nth(sim, (struct sim_query){.from = pair->a, .chunk = SIM_ANY, .since = mark}, 0);
}

/* The same but for the tag, which is reflected, and the checksum. */
static bool is_alike(const struct sim_record *a, const struct sim_record *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->length == b->length && memcmp(a->raw, b->raw, 4) == 0 &&
           memcmp(a->raw + 12, b->raw + 12, a->length - 12) == 0 && sim_same_ip(&a->to, &b->to);
}

/* covers: attacks/S6 */
static void test_attack_S6_right_and_wrong_tags_of_strangers_are_answered_alike(void **state)
{
    for (int in = SIM_FIRST_STATE; in <= SIM_LAST_STATE; in++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)in);
        uint32_t tag = sim_status(pair.ab).local_tag;
        for (int type = 0; type < 256; type++) {
            bool is_setup = in == SCTPX_COOKIE_WAIT;
            if (is_setup && (type == SIM_INIT_ACK || type == SIM_ABORT || type == SIM_COOKIE_ECHO))
                continue; /* the peer may answer from any of its addresses, which we do not know */
            const struct sim_record *right = probe(&pair, tag, (uint8_t)type);
            const struct sim_record *wrong = probe(&pair, tag ^ 1, (uint8_t)type);
            if (!is_alike(right, wrong))
                sim_fail(sim, "chunk %d shows the right tag in %s", type,
                         sim_state_name((enum sctpx_assoc_state)in));
            if (in > SCTPX_COOKIE_ECHOED && type == SIM_DATA)
                assert_true(right != NULL && sim_record_has(right, SIM_ABORT));
        }
        assert_int_equal(sim_state(pair.ab), (enum sctpx_assoc_state)in);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)in);
        sim_finish(sim);
    }
}

/* Under the same rate as all answers to strangers. covers: attacks/S6 */
static void test_attack_S6_these_answers_have_the_rate_of_all(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 1;
    options.stranger_burst = 7;
    struct sim_siege siege = sim_siege(sim, &options);
    const struct sim_pair mirrored = {siege.host, siege.pair.a, siege.pair.ba, siege.pair.ab};
    size_t before = sim_sent(siege.host, SIM_ABORT);
    for (int i = 0; i < 100; i++)
        probe(&mirrored, sim_status(siege.pair.ba).local_tag, SIM_DATA);
    assert_int_equal(sim_sent(siege.host, SIM_ABORT) - before, 7);
    sim_siege_check(&siege);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_S6_right_and_wrong_tags_of_strangers_are_answered_alike),
        sim_unit_test(test_attack_S6_these_answers_have_the_rate_of_all),
    };
    return cmocka_run_group_tests_name("scenario.attack_oracle", tests, NULL, NULL);
}
