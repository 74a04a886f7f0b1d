/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <sctpx/error.h>

#include "base/timeval.h"
#include "engine/cookie.h"
#include "engine/cookie_codec.h"

#define KEY_BYTES 32u
#define HASH_BYTES 32u
#define US_PER_MS 1000u
/* Drawing a key costs more than a cookie does, so not more often, however short cookies live. */
#define ROTATION_MIN_US (60u * 1000000u)

struct cookie_key {
    EVP_MAC_CTX *context; /* holds the key; made once, set to new keys */
    uint8_t id;
    bool is_live;
};

struct sctpxi_cookie_jar {
    struct cookie_key keys[2];
    unsigned current; /* the one that signs; the other one is the key before */
    bool is_given;
    sctpx_time rotate_at;
    uint32_t lifetime_ms;
    uint32_t longest_ms;
    uint64_t zero; /* added to times on the wire, so that they do not tell our uptime */
    sctpx_random_function random;
    void *random_context;
};

static uint32_t us_to_ms(sctpx_time us)
{
    uint64_t ms = us / US_PER_MS + (us % US_PER_MS != 0);

    return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

static int key_set(struct cookie_key *key, const uint8_t bytes[KEY_BYTES], uint8_t id)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };

    key->is_live = EVP_MAC_init(key->context, bytes, KEY_BYTES, params) == 1;
    key->id = id;
    return key->is_live ? 0 : SCTPX_ESYSTEM;
}

static int key_draw(const struct sctpxi_cookie_jar *jar, struct cookie_key *key, uint8_t id)
{
    uint8_t bytes[KEY_BYTES];

    jar->random(jar->random_context, bytes, sizeof(bytes));
    int result = key_set(key, bytes, id);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return result;
}

/* Initialising without a key starts over with the one that is set. */
static bool key_mac(const struct cookie_key *key, const uint8_t *bytes, size_t length,
                    uint8_t ret_hash[HASH_BYTES])
{
    size_t hash_length = 0;

    return EVP_MAC_init(key->context, NULL, 0, NULL) == 1 &&
           EVP_MAC_update(key->context, bytes, length) == 1 &&
           EVP_MAC_final(key->context, ret_hash, &hash_length, HASH_BYTES) == 1 &&
           hash_length == HASH_BYTES;
}

static sctpx_time rotation_us(const struct sctpxi_cookie_jar *jar)
{
    sctpx_time longest_us = (sctpx_time)jar->longest_ms * US_PER_MS;

    return longest_us > ROTATION_MIN_US ? longest_us : ROTATION_MIN_US;
}

static int make_contexts(struct sctpxi_cookie_jar *jar)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    for (unsigned i = 0; i < 2 && hmac != NULL; i++)
        jar->keys[i].context = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    return jar->keys[0].context != NULL && jar->keys[1].context != NULL ? 0 : SCTPX_ESYSTEM;
}

static int first_key(struct sctpxi_cookie_jar *jar, const sctpx_endpoint_options *options,
                     sctpx_time now)
{
    uint8_t first_id;

    if (options->has_cookie_key) {
        _Static_assert(sizeof(options->cookie_key) == KEY_BYTES, "one size of keys");
        jar->is_given = true;
        jar->rotate_at = SCTPX_TIME_NEVER;
        return key_set(&jar->keys[0], options->cookie_key, 0);
    }
    jar->rotate_at = sctpxi_time_add(now, rotation_us(jar));
    jar->random(jar->random_context, &jar->zero, sizeof(jar->zero));
    jar->random(jar->random_context, &first_id, sizeof(first_id));
    return key_draw(jar, &jar->keys[0], first_id);
}

int sctpxi_cookie_jar_new(const sctpx_endpoint_options *options, struct sctpxi_alloc *alloc,
                          sctpx_time now, struct sctpxi_cookie_jar **ret_jar)
{
    if (options->cookie_lifetime_us == 0)
        return SCTPX_EINVAL;
    struct sctpxi_cookie_jar *jar = sctpxi_alloc_zeroed(alloc, sizeof(*jar));
    if (jar == NULL)
        return SCTPX_ENOMEM;
    jar->lifetime_ms = us_to_ms(options->cookie_lifetime_us);
    jar->longest_ms =
        us_to_ms(sctpxi_time_add(options->cookie_lifetime_us, options->cookie_lifetime_us));
    jar->random = options->random;
    jar->random_context = options->random_context;
    int result = make_contexts(jar);
    if (result == 0)
        result = first_key(jar, options, now);
    if (result < 0) {
        sctpxi_cookie_jar_free(jar, alloc);
        return result;
    }
    *ret_jar = jar;
    return 0;
}

void sctpxi_cookie_jar_free(struct sctpxi_cookie_jar *jar, struct sctpxi_alloc *alloc)
{
    if (jar == NULL)
        return;
    EVP_MAC_CTX_free(jar->keys[0].context);
    EVP_MAC_CTX_free(jar->keys[1].context);
    sctpxi_alloc_put(alloc, jar, sizeof(*jar));
}

/*
 * The key before goes: it last signed at least the longest life of a cookie ago. If no new key can
 * be set the current one goes on, and the next cookie tries again.
 */
static void rotate_if_due(struct sctpxi_cookie_jar *jar, sctpx_time now)
{
    unsigned other = 1 - jar->current;
    uint8_t id = (uint8_t)(jar->keys[jar->current].id + 1u);

    if (jar->is_given || now < jar->rotate_at)
        return;
    if (key_draw(jar, &jar->keys[other], id) == 0) {
        jar->current = other;
        jar->rotate_at = sctpxi_time_add(now, rotation_us(jar));
    }
}

static uint32_t granted_ms(const struct sctpxi_cookie_jar *jar, sctpx_time wanted_us)
{
    uint32_t wanted_ms = wanted_us == 0 ? jar->lifetime_ms : us_to_ms(wanted_us);

    return wanted_ms < jar->longest_ms ? wanted_ms : jar->longest_ms;
}

int sctpxi_cookie_seal(struct sctpxi_cookie_jar *jar, sctpx_time now,
                       const struct sctpxi_cookie *cookie, uint8_t *buffer)
{
    uint8_t hash[HASH_BYTES];
    struct sctpxi_writer w = sctpxi_writer_make(buffer, SCTPXI_COOKIE_MAX_BYTES);

    rotate_if_due(jar, now);
    const struct cookie_key *key = &jar->keys[jar->current];
    const struct sctpxi_cookie_stamp stamp = {
        .made_at = now + jar->zero, /* wraps, and back when opened */
        .lifetime_ms = granted_ms(jar, cookie->lifetime_us),
        .key_id = key->id,
    };
    int result = sctpxi_cookie_encode(&w, cookie, &stamp);
    if (result < 0)
        return result;
    if (!key_mac(key, buffer, w.len, hash))
        return SCTPX_ESYSTEM;
    sctpxi_writer_put_bytes(&w, hash, SCTPXI_COOKIE_MAC_BYTES);
    assert(!w.failed);
    return (int)w.len;
}

static const struct cookie_key *key_by_id(const struct sctpxi_cookie_jar *jar, uint8_t id)
{
    for (unsigned i = 0; i < 2; i++)
        if (jar->keys[i].is_live && jar->keys[i].id == id)
            return &jar->keys[i];
    return NULL;
}

/* RFC 9260 5.1.5 1 and 2. length is without the MAC. */
static bool is_ours(const struct sctpxi_cookie_jar *jar, const uint8_t *bytes, size_t length)
{
    uint8_t hash[HASH_BYTES];

    if (bytes[SCTPXI_COOKIE_VERSION_AT] != SCTPXI_COOKIE_VERSION)
        return false;
    const struct cookie_key *key = key_by_id(jar, bytes[SCTPXI_COOKIE_KEY_ID_AT]);
    return key != NULL && key_mac(key, bytes, length, hash) &&
           CRYPTO_memcmp(hash, bytes + length, SCTPXI_COOKIE_MAC_BYTES) == 0;
}

/* RFC 9260 5.1.5 4, and what cookie.h says about the future. */
static enum sctpxi_cookie_verdict judge_age(const struct sctpxi_cookie *cookie, sctpx_time now,
                                            sctpx_time *ret_staleness_us)
{
    sctpx_time age = sctpxi_time_since(now, cookie->made_at);
    sctpx_time ahead = sctpxi_time_since(cookie->made_at, now);

    if (age <= cookie->lifetime_us && ahead <= cookie->lifetime_us)
        return SCTPXI_COOKIE_GOOD;
    *ret_staleness_us = sctpxi_time_since(age, cookie->lifetime_us);
    return SCTPXI_COOKIE_STALE;
}

enum sctpxi_cookie_verdict sctpxi_cookie_open(struct sctpxi_cookie_jar *jar, sctpx_time now,
                                              const uint8_t *bytes, size_t length,
                                              struct sctpxi_cookie *ret_cookie,
                                              sctpx_time *ret_staleness_us)
{
    struct sctpxi_cookie_stamp stamp;

    if (length <= SCTPXI_COOKIE_KEY_ID_AT + SCTPXI_COOKIE_MAC_BYTES ||
        length > SCTPXI_COOKIE_MAX_BYTES)
        return SCTPXI_COOKIE_FORGED;
    length -= SCTPXI_COOKIE_MAC_BYTES;
    if (!is_ours(jar, bytes, length) || sctpxi_cookie_decode(bytes, length, ret_cookie, &stamp) < 0)
        return SCTPXI_COOKIE_FORGED;
    ret_cookie->made_at = stamp.made_at - jar->zero;
    ret_cookie->lifetime_us = (sctpx_time)stamp.lifetime_ms * US_PER_MS;
    return judge_age(ret_cookie, now, ret_staleness_us);
}
