/* SPDX-License-Identifier: MIT */
/* Messages whose bytes are lent to the library (sctpx_sndinfo.release). */
/* ctest: labels=suite */
#include "support/pair.h"

#include <stdlib.h>
#include <string.h>

/* One block of memory for several messages, as many as are lent hold it. */
struct block {
    unsigned holders, given_back;
    size_t length;
    uint8_t *bytes; /* NULL once nobody holds it */
};

static void block_init(struct block *block, size_t length)
{
    *block = (struct block){.length = length, .bytes = pair_pattern(length, 7)};
}

static void on_release(void *context, const void *data, size_t length)
{
    struct block *block = context;

    assert_ptr_equal(data, block->bytes);
    assert_int_equal(length, block->length);
    assert_true(block->holders > 0);
    block->given_back++;
    if (--block->holders == 0) {
        free(block->bytes);
        block->bytes = NULL;
    }
}

static int lend(sctpx_socket *socket, uint16_t stream, struct block *block)
{
    const sctpx_sndinfo info = {.stream = stream, .context = block, .release = on_release};
    int result;

    block->holders++;
    result = sctpx_socket_write_datagram(socket, block->bytes, block->length, &info);
    if (result < 0)
        block->holders--;
    return result;
}

static void expect_message(struct probe *probe, uint16_t stream, size_t length)
{
    uint8_t *wanted = pair_pattern(length, 7), *got = malloc(length);

    assert_int_equal(sctpx_socket_read_datagram(probe->socket, stream, got, length, NULL), length);
    assert_memory_equal(got, wanted, length);
    free(wanted);
    free(got);
}

static void test_bytes_come_back_when_they_are_acknowledged(void **state)
{
    struct pair *pair = *state;
    struct block block;

    block_init(&block, 5000);
    assert_int_equal(lend(pair->client.socket, 1, &block), 0);
    if (!bed_client_is_kernel())
        assert_int_equal(block.given_back, 0);
    RUN_UNTIL(pair->bed.loop, pair_available(&pair->peer, 1) == 5000 && block.given_back == 1);
    expect_message(&pair->peer, 1, 5000);
}

/* Who frees when all is drained need not wait for anything else. */
static void test_nothing_is_lent_when_all_is_drained(void **state)
{
    struct pair *pair = *state;
    struct block block;

    block_init(&block, 5000);
    block.holders = 1; /* we ourselves */
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(lend(pair->client.socket, 0, &block), 0);
    while (pair->client.count[PROBE_DRAINED] == 0)
        assert_int_equal(sctpx_loop_run_once(pair->bed.loop, 10000), 1);
    assert_int_equal(block.given_back, 4);
    assert_int_equal(block.holders, 1);
    on_release(&block, block.bytes, block.length);
}

static void test_one_block_for_many_messages(void **state)
{
    struct pair *pair = *state;
    struct block block;

    block_init(&block, 3000);
    block.holders = 1; /* we ourselves */
    for (uint16_t stream = 0; stream < 8; stream++)
        assert_int_equal(lend(pair->client.socket, stream, &block), 0);
    RUN_UNTIL(pair->bed.loop,
              pair_available(&pair->peer, SCTPX_ANY_STREAM) == 24000 && block.given_back == 8);
    assert_int_equal(block.holders, 1);
    for (uint16_t stream = 0; stream < 8; stream++)
        expect_message(&pair->peer, stream, 3000);
    on_release(&block, block.bytes, block.length);
    assert_null(block.bytes);
}

static void test_bytes_that_are_not_taken_stay_with_their_owner(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->client.socket;
    struct block block;
    unsigned lent = 0;

    block_init(&block, 1000);
    block.holders = 1;
    assert_int_equal(lend(socket, 8, &block), SCTPX_ESTREAM);
    assert_int_equal(sctpx_socket_set_write_limit(socket, 5000), 0);
    while (lend(socket, 0, &block) == 0)
        lent++;
    assert_in_range(lent, 2, 5);
    assert_int_equal(block.holders + block.given_back, lent + 1);
    RUN_UNTIL(pair->bed.loop, block.given_back == lent);
    assert_int_equal(block.holders, 1);
    on_release(&block, block.bytes, block.length);
}

static void test_bytes_come_back_when_the_socket_goes(void **state)
{
    struct pair *pair = *state;
    struct block block;

    block_init(&block, 100000);
    assert_int_equal(lend(pair->client.socket, 0, &block), 0);
    sctpx_socket_free(pair->client.socket);
    pair->client.socket = NULL;
    RUN_UNTIL(pair->bed.loop, block.given_back == 1);
}

struct failure {
    struct block *block;
    unsigned count;
};

static void on_send_failed(sctpx_socket *socket, void *user, const sctpx_failed_message *message)
{
    struct failure *failure = user;

    (void)socket;
    assert_non_null(failure->block->bytes);
    assert_int_equal(message->length, failure->block->length);
    assert_memory_equal(message->data, failure->block->bytes, message->length);
    assert_ptr_equal(message->info.context, failure->block);
    assert_null(message->info.release); /* to be written again they are copied */
    failure->count++;
}

static void test_bytes_are_there_when_the_message_is_handed_back(void **state)
{
    static const sctpx_socket_callbacks callbacks = {.on_send_failed = on_send_failed};
    struct pair *pair = *state;
    struct block block;
    struct failure failure = {.block = &block};
    unsigned lent = 0;

    block_init(&block, 100000);
    block.holders = 1;
    sctpx_socket_set_callbacks(pair->client.socket, &callbacks, &failure);
    sctpx_socket_abort(pair->peer.socket, NULL, 0); /* it is not known yet */
    for (; lent < 5; lent++)
        assert_int_equal(lend(pair->client.socket, 0, &block), 0);
    RUN_UNTIL(pair->bed.loop, failure.count > 0 && block.given_back == lent);
    assert_true(failure.count <= lent);
    on_release(&block, block.bytes, block.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bytes_come_back_when_they_are_acknowledged, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_lent_when_all_is_drained, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(test_one_block_for_many_messages, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(test_bytes_that_are_not_taken_stay_with_their_owner,
                                        pair_setup, pair_teardown),
        cmocka_unit_test_setup_teardown(test_bytes_come_back_when_the_socket_goes, pair_setup,
                                        pair_teardown),
        cmocka_unit_test_setup_teardown(test_bytes_are_there_when_the_message_is_handed_back,
                                        pair_setup, pair_teardown),
    };

    return cmocka_run_group_tests_name("lent_bytes", tests, NULL, NULL);
}
