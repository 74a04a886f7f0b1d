/* SPDX-License-Identifier: MIT */
/* ICMP "unreachable" from the carrier, true and forged (RFC 9260 10, RFC 6951 5.5). */
#include <string.h>

#include "sim/sim.h"
#include "sim/states.h"

static void tell(const struct sim_pair *pair, const uint8_t *quoted, size_t length)
{
    sctpx_endpoint_on_unreachable(pair->a->endpoint, pair->a->sim->now, &pair->b->addrs[0], quoted,
                                  length);
    sim_flush(pair->a->sim);
}

static void test_quoted_init(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_in_state(sim, SCTPX_COOKIE_WAIT);
    const struct sim_record *init = sim_sent_nth(pair.a, SIM_INIT, 0);
    tell(&pair, init->raw, init->length);
    assert_true(pair.ab->is_closed);
    assert_int_equal(pair.ab->error, SCTPX_EREFUSED);
    sim_finish(sim);
}

/* Ports, tag 0 with another Initiate Tag, too short to tell: somebody guessed. */
static void test_forged_quotes_of_an_init(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_in_state(sim, SCTPX_COOKIE_WAIT);
    const struct sim_record *init = sim_sent_nth(pair.a, SIM_INIT, 0);
    /* Source port, destination port, verification tag, Initiate Tag. */
    static const size_t bytes[] = {1, 3, 7, 16, 19};
    for (size_t i = 0; i < 5; i++) {
        uint8_t forged[64];
        memcpy(forged, init->raw, init->length);
        forged[bytes[i]] ^= 0x40;
        tell(&pair, forged, init->length);
        assert_false(pair.ab->is_closed);
    }
    for (size_t length = 0; length < 20; length++) {
        uint8_t *exact = test_malloc(length + 1);
        memcpy(exact, init->raw, length);
        tell(&pair, exact, length);
        test_free(exact);
        assert_false(pair.ab->is_closed);
    }
    sim_pair_check_end(&pair, SCTPX_COOKIE_WAIT);
    sim_finish(sim);
}

/* From another address than the one the INIT went to. */
static void test_other_address(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_in_state(sim, SCTPX_COOKIE_WAIT);
    sctpx_addr other = sim_ipv4(203, 0, 113, 9, SIM_UDP_PORT);
    sctpx_endpoint_on_unreachable(pair.a->endpoint, sim->now, &other, NULL, 0);
    sim_flush(sim);
    assert_false(pair.ab->is_closed);
    sim_pair_check_end(&pair, SCTPX_COOKIE_WAIT);
    sim_finish(sim);
}

/* Established associations trust their own supervision. */
static void test_later_states(void **state)
{
    for (int i = SCTPX_ESTABLISHED; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        tell(&pair, NULL, 0);
        for (size_t j = 0; j < sim_sent(pair.a, SIM_ANY); j++) {
            const struct sim_record *record = sim_sent_nth(pair.a, SIM_ANY, j);
            tell(&pair, record->raw, record->length);
        }
        assert_int_equal(sim_state(pair.ab), i);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_quoted_init),
        sim_unit_test(test_forged_quotes_of_an_init),
        sim_unit_test(test_other_address),
        sim_unit_test(test_later_states),
    };
    return cmocka_run_group_tests_name("scenario.unreachable", tests, NULL, NULL);
}
