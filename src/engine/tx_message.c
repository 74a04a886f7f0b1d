/* SPDX-License-Identifier: MIT */
#include "engine/tx_message.h"

#include <string.h>

/* In the place of bytes that are lent. */
struct loan {
    void (*release)(void *context, const void *data, size_t length);
};

static bool is_lent(const struct sctpxi_tx_message *message)
{
    return message->data != message->bytes;
}

static size_t size_of(size_t length, bool is_lent)
{
    return sizeof(struct sctpxi_tx_message) + (is_lent ? sizeof(struct loan) : length);
}

static void fill(struct sctpxi_tx_message *message, const void *data, const sctpx_sndinfo *info)
{
    const struct loan loan = {info->release};

    if (info->release != NULL) {
        message->data = data;
        memcpy(message->bytes, &loan, sizeof loan);
    } else {
        message->data = message->bytes;
        memcpy(message->bytes, data, message->length);
    }
}

struct sctpxi_tx_message *sctpxi_tx_message_new(struct sctpxi_pool *pool, const void *data,
                                                size_t length, const sctpx_sndinfo *info)
{
    struct sctpxi_tx_message *message =
        sctpxi_pool_get(pool, size_of(length, info->release != NULL));

    if (message == NULL)
        return NULL;
    memset(message, 0, sizeof *message);
    message->length = length;
    message->context = info->context;
    message->ppid = info->ppid;
    message->holders = 1;
    message->stream = info->stream;
    message->flags = info->flags;
    fill(message, data, info);
    return message;
}

void sctpxi_tx_message_free(struct sctpxi_pool *pool, struct sctpxi_tx_message *message)
{
    sctpxi_pool_put(pool, message, size_of(message->length, is_lent(message)));
}

static void give_back(struct sctpxi_pool *pool, struct sctpxi_tx_message *message)
{
    void *context = message->context;
    const uint8_t *data = message->data;
    size_t length = message->length;
    struct loan loan;

    memcpy(&loan, message->bytes, sizeof loan);
    sctpxi_tx_message_free(pool, message);
    loan.release(context, data, length);
}

void sctpxi_tx_message_done(struct sctpxi_pool *pool, struct sctpxi_tx_message *message)
{
    if (is_lent(message))
        give_back(pool, message);
    else
        sctpxi_tx_message_free(pool, message);
}
