/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/siphash.h"
#include "support/test_random.h"

/* The key 00 01 .. 0f of the paper, as two little-endian words. */
static const struct sctpxi_siphash_key paper_key = {
    .k0 = UINT64_C(0x0706050403020100),
    .k1 = UINT64_C(0x0f0e0d0c0b0a0908),
};

static void test_vectors_of_siphash_2_4(void **state)
{
    uint8_t input[15];

    (void)state;
    for (size_t i = 0; i < sizeof(input); i++) {
        input[i] = (uint8_t)i;
    }
    /* Appendix A of the paper. */
    assert_true(sctpxi_siphash24(&paper_key, input, 15) == UINT64_C(0xa129ca6149be45e5));
    /* The first of the authors' list of vectors. */
    assert_true(sctpxi_siphash24(&paper_key, input, 0) == UINT64_C(0x726fdb47dd0e0e31));
}

static uint64_t libcrypto_siphash(const uint8_t key[16], const uint8_t *data, size_t length,
                                  unsigned c_rounds, unsigned d_rounds)
{
    size_t size = 8;
    uint8_t out[8];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
        OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &c_rounds),
        OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &d_rounds),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    uint64_t value = 0;

    assert_int_equal(EVP_MAC_init(context, key, 16, params), 1);
    assert_int_equal(EVP_MAC_update(context, data, length), 1);
    assert_int_equal(EVP_MAC_final(context, out, &size, sizeof(out)), 1);
    assert_int_equal(size, 8);
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    for (size_t i = 0; i < 8; i++) {
        value |= (uint64_t)out[i] << 8 * i;
    }
    return value;
}

static uint64_t word_of(const uint8_t *p)
{
    uint64_t word = 0;

    for (size_t i = 8; i > 0; i--) {
        word = word << 8 | p[i - 1];
    }
    return word;
}

static void test_agrees_with_libcrypto(void **state)
{
    struct test_random tr;
    uint8_t key[16], data[67];

    (void)state;
    test_random_init(&tr, 4);
    for (size_t length = 0; length < sizeof(data); length++) {
        test_random_bytes(&tr, key, sizeof(key));
        test_random_bytes(&tr, data, sizeof(data));
        struct sctpxi_siphash_key words = {.k0 = word_of(key), .k1 = word_of(key + 8)};
        assert_true(sctpxi_siphash13(&words, data, length) ==
                    libcrypto_siphash(key, data, length, 1, 3));
        assert_true(sctpxi_siphash24(&words, data, length) ==
                    libcrypto_siphash(key, data, length, 2, 4));
    }
}

static void test_key_and_every_byte_matter(void **state)
{
    uint8_t data[24] = {0};

    (void)state;
    uint64_t before = sctpxi_siphash13(&paper_key, data, sizeof(data));
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] ^= 1;
        assert_true(sctpxi_siphash13(&paper_key, data, sizeof(data)) != before);
        data[i] ^= 1;
    }
    struct sctpxi_siphash_key other = {.k0 = paper_key.k0, .k1 = paper_key.k1 ^ 1};
    assert_true(sctpxi_siphash13(&other, data, sizeof(data)) != before);
    assert_true(sctpxi_siphash13(&paper_key, data, sizeof(data) - 1) != before);
    assert_true(sctpxi_siphash13(&paper_key, data, sizeof(data)) == before);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_siphash_2_4),
        cmocka_unit_test(test_agrees_with_libcrypto),
        cmocka_unit_test(test_key_and_every_byte_matter),
    };

    return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}
