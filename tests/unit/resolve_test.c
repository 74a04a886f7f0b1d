/* SPDX-License-Identifier: MIT */
/* Looking up names: literals, settled names, and a name server that says all sorts of things. */
#include "api/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/addr.h>
#include <sctpx/error.h>

#include "support/dns.h"

enum { LIMIT_US = 20000000 };

struct result {
    unsigned count;
    struct sctpxi_host host;
};

static sctpx_loop *loop;

static int setup(void **state)
{
    (void)state;
    dns_start();
    assert_int_equal(sctpx_loop_new(&loop), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sctpx_loop_free(loop);
    dns_stop();
    return 0;
}

static void on_done(void *arg, const struct sctpxi_host *host)
{
    struct result *result = arg;

    result->count++;
    result->host = *host;
}

static void run_until_done(const struct result *result)
{
    sctpx_time limit = sctpx_loop_now(loop) + LIMIT_US;

    while (result->count == 0) {
        assert_true(sctpx_loop_now(loop) < limit);
        assert_true(sctpx_loop_run_once(loop, 100) >= 0);
    }
}

static struct sctpxi_lookup *start(const char *name, enum sctpx_family family,
                                   struct result *result)
{
    struct sctpxi_lookup *lookup;

    *result = (struct result){0};
    assert_int_equal(sctpxi_lookup_start(loop, name, family, on_done, result, &lookup), 0);
    assert_int_equal(result->count, 0); /* never from inside the call */
    return lookup;
}

static const struct sctpxi_host *look_up(const char *name, enum sctpx_family family)
{
    static struct result result;

    (void)start(name, family, &result);
    run_until_done(&result);
    assert_int_equal(result.count, 1);
    return &result.host;
}

/* Addresses with a space between. */
static void check_found(const char *name, enum sctpx_family family, const char *expected)
{
    const struct sctpxi_host *host = look_up(name, family);
    char text[1024] = "";

    assert_int_equal(host->error, 0);
    for (size_t i = 0; i < host->count; i++) {
        char addr[SCTPX_ADDR_TEXT_BYTES];

        assert_true(sctpx_addr_format(&host->addrs[i], addr, sizeof(addr)) >= 0);
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? " " : "",
                       addr);
    }
    assert_string_equal(text, expected);
}

static void check_fault(const char *name, enum sctpx_family family, const char *fault)
{
    const struct sctpxi_host *host = look_up(name, family);

    assert_int_equal(host->error, SCTPX_EHOSTNOTFOUND);
    assert_non_null(strstr(host->fault, fault));
}

/* ---- names that nobody is asked for ---------------------------------------------------------- */

static void test_literals(void **state)
{
    sctpx_addr addr = {0};

    (void)state;
    assert_int_equal(sctpxi_resolve_literal("192.0.2.1", SCTPX_NO_FAMILY, &addr), 1);
    assert_int_equal(addr.family, SCTPX_IPV4);
    assert_int_equal(sctpxi_resolve_literal("2001:db8::1", SCTPX_IPV6, &addr), 1);
    assert_int_equal(addr.family, SCTPX_IPV6);
    assert_int_equal(sctpxi_resolve_literal("fe80::1%lo", SCTPX_NO_FAMILY, &addr), 1);
    assert_int_not_equal(addr.scope_id, 0);
    assert_int_equal(sctpxi_resolve_literal("2001:db8::1", SCTPX_IPV4, &addr), SCTPX_EHOSTNOTFOUND);
    assert_int_equal(sctpxi_resolve_literal("0.0.0.0", SCTPX_NO_FAMILY, &addr), SCTPX_EINVAL);
    assert_int_equal(sctpxi_resolve_literal("host.test", SCTPX_NO_FAMILY, &addr), 0);
}

static void test_localhost_is_loopback(void **state)
{
    (void)state;
    dns_set("localhost", "A=192.0.2.1");
    dns_set("www.localhost", "A=192.0.2.1");
    check_found("localhost", SCTPX_NO_FAMILY, "::1 127.0.0.1");
    check_found("LocalHost.", SCTPX_IPV4, "127.0.0.1");
    check_found("www.localhost", SCTPX_IPV6, "::1");
    assert_int_equal(dns_questions(), 0);
    dns_set("notlocalhost", "A=192.0.2.2");
    check_found("notlocalhost", SCTPX_NO_FAMILY, "192.0.2.2");
}

static void test_invalid_does_not_exist(void **state)
{
    (void)state;
    dns_set("host.invalid", "A=192.0.2.1");
    check_fault("host.invalid", SCTPX_NO_FAMILY, "does not exist");
    check_fault("invalid.", SCTPX_NO_FAMILY, "does not exist");
    assert_int_equal(dns_questions(), 0);
}

/* The first name of /etc/hosts that has one address and is not localhost; some systems have none. */
static bool name_of_hosts_file(char *ret_name, size_t capacity)
{
    FILE *file = fopen("/etc/hosts", "re");
    char line[256], addr[64], name[128];
    bool is_found = false;

    while (file && !is_found && fgets(line, sizeof(line), file))
        is_found = sscanf(line, "%63s %127s", addr, name) == 2 && addr[0] == '1' &&
                   strchr(addr, '.') && !strstr(name, "localhost");
    if (file)
        (void)fclose(file);
    if (is_found)
        (void)snprintf(ret_name, capacity, "%s", name);
    return is_found;
}

static void test_hosts_file(void **state)
{
    char name[128];

    (void)state;
    if (!name_of_hosts_file(name, sizeof(name)))
        skip();
    assert_int_equal(look_up(name, SCTPX_IPV4)->error, 0);
    assert_int_equal(dns_questions(), 0);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void test_answers(void **state)
{
    (void)state;
    dns_set("four.test", "A=192.0.2.1");
    dns_set("six.test", "AAAA=2001:db8::1");
    dns_set("empty.test", "");
    dns_set("alias.test", "CNAME=four.test");
    dns_set("nowhere.test", "CNAME=gone.test");
    dns_set("printer.lan.test", "A=192.0.2.9");
    dns_set("mapped.test", "AAAA=::ffff:192.0.2.7");
    check_found("four.test", SCTPX_NO_FAMILY, "192.0.2.1");
    check_found("four.test", SCTPX_IPV4, "192.0.2.1");
    check_found("FOUR.test", SCTPX_IPV4, "192.0.2.1");
    check_fault("four.test", SCTPX_IPV6, "no address of the family asked for");
    check_found("six.test", SCTPX_NO_FAMILY, "2001:db8::1");
    check_fault("six.test", SCTPX_IPV4, "no address of the family asked for");
    check_fault("empty.test", SCTPX_NO_FAMILY, "has no address");
    check_found("alias.test", SCTPX_NO_FAMILY, "192.0.2.1");
    check_fault("nowhere.test", SCTPX_NO_FAMILY, "has no address");
    check_found("printer", SCTPX_NO_FAMILY, "192.0.2.9"); /* search domain */
    check_found("mapped.test", SCTPX_NO_FAMILY, "192.0.2.7");
    check_fault("mapped.test", SCTPX_IPV6, "no address of the family asked for");
}

static void test_failures(void **state)
{
    char label[80];

    (void)state;
    memset(label, 'a', sizeof(label) - 1);
    label[sizeof(label) - 1] = '\0';
    dns_set_patience(50, 2);
    dns_set("broken.test", "SERVFAIL");
    dns_set("silent.test", "SILENCE");
    dns_set("noise.test", "GARBAGE");
    dns_set("forged.test", "LIE A=192.0.2.1");
    check_fault("unknown.test", SCTPX_NO_FAMILY, "does not exist");
    check_fault(label, SCTPX_NO_FAMILY, "not a valid host name");
    check_fault("broken.test", SCTPX_NO_FAMILY, "try again later");
    check_fault("noise.test", SCTPX_NO_FAMILY, "try again later");
    check_fault("silent.test", SCTPX_NO_FAMILY, "no name server answers");
    check_fault("forged.test", SCTPX_NO_FAMILY, "try again later");
}

/* Families take turns, each address comes once, and what is no address of a host is left out. */
static void test_order(void **state)
{
    (void)state;
    dns_set("three.test", "A=127.0.0.3 A=127.0.0.3 A=0.0.0.0 AAAA=::1 AAAA=::");
    check_found("three.test", SCTPX_NO_FAMILY, "::1 127.0.0.3");
    dns_set("many.test", "A=127.0.0.1 A=127.0.0.2 A=127.0.0.3 A=127.0.0.4 A=127.0.0.5 A=127.0.0.6 "
                         "A=127.0.0.7 A=127.0.0.8 A=127.0.0.9 A=127.0.0.10 A=127.0.0.11 "
                         "A=127.0.0.12 A=127.0.0.13 A=127.0.0.14 A=127.0.0.15 A=127.0.0.16 "
                         "A=127.0.0.17 A=127.0.0.18 A=127.0.0.19 A=127.0.0.20 AAAA=::1");
    assert_int_equal(look_up("many.test", SCTPX_IPV4)->count, SCTPXI_HOST_ADDRS_MAX);
}

/* One family has many, the other one few: these are not crowded out. */
static void test_neither_family_is_crowded_out(void **state)
{
    const struct sctpxi_host *host;
    unsigned others = 0;

    (void)state;
    dns_set("many.test", "AAAA=2001:db8::1 AAAA=2001:db8::2 AAAA=2001:db8::3 AAAA=2001:db8::4 "
                         "AAAA=2001:db8::5 AAAA=2001:db8::6 AAAA=2001:db8::7 AAAA=2001:db8::8 "
                         "AAAA=2001:db8::9 AAAA=2001:db8::a AAAA=2001:db8::b AAAA=2001:db8::c "
                         "AAAA=2001:db8::d AAAA=2001:db8::e AAAA=2001:db8::f AAAA=2001:db8::10 "
                         "A=127.0.0.1 A=127.0.0.2");
    host = look_up("many.test", SCTPX_NO_FAMILY);
    assert_int_equal(host->error, 0);
    assert_int_equal(host->count, SCTPXI_HOST_ADDRS_MAX);
    assert_int_not_equal(host->addrs[0].family, host->addrs[1].family);
    assert_int_not_equal(host->addrs[2].family, host->addrs[3].family);
    for (size_t i = 0; i < host->count; i++)
        others += host->addrs[i].family == SCTPX_IPV4;
    assert_int_equal(others, 2);
}

/* ---- giving up ------------------------------------------------------------------------------ */

/* The loop has nothing left to wait for when nobody waits any more. */
static void test_cancelled_while_asking(void **state)
{
    struct sctpxi_lookup *lookup;
    struct result result;

    (void)state;
    dns_set("silent.test", "SILENCE");
    lookup = start("silent.test", SCTPX_NO_FAMILY, &result);
    assert_int_equal(sctpx_loop_run_once(loop, 0), 1);
    sctpxi_lookup_cancel(lookup);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_int_equal(result.count, 0);
}

static void test_cancelled_when_answered(void **state)
{
    struct sctpxi_lookup *lookup;
    struct result result;

    (void)state;
    lookup = start("localhost", SCTPX_NO_FAMILY, &result);
    sctpxi_lookup_cancel(lookup);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_int_equal(result.count, 0);
    sctpxi_lookup_cancel(NULL);
}

static void test_others_go_on(void **state)
{
    struct sctpxi_lookup *silent;
    struct result results[3];

    (void)state;
    dns_set("silent.test", "SILENCE");
    dns_set("one.test", "A=192.0.2.1");
    dns_set("two.test", "A=192.0.2.2");
    silent = start("silent.test", SCTPX_NO_FAMILY, &results[0]);
    (void)start("one.test", SCTPX_NO_FAMILY, &results[1]);
    (void)start("two.test", SCTPX_NO_FAMILY, &results[2]);
    sctpxi_lookup_cancel(silent);
    run_until_done(&results[1]);
    run_until_done(&results[2]);
    assert_int_equal(results[1].host.addrs[0].ip[3], 1);
    assert_int_equal(results[2].host.addrs[0].ip[3], 2);
    assert_int_equal(results[0].count, 0);
    assert_int_equal(sctpx_loop_run(loop), 0);
}

/* From inside on_done everything may be done, also asking again and giving up others. */
static struct sctpxi_lookup *other;

static void on_done_ask_again(void *arg, const struct sctpxi_host *host)
{
    struct sctpxi_lookup *lookup;

    assert_int_equal(host->error, 0);
    sctpxi_lookup_cancel(other);
    assert_int_equal(sctpxi_lookup_start(loop, "two.test", SCTPX_NO_FAMILY, on_done, arg, &lookup),
                     0);
}

static void test_again_from_inside(void **state)
{
    struct sctpxi_lookup *lookup;
    struct result result = {0}, none;

    (void)state;
    dns_set("silent.test", "SILENCE");
    dns_set("one.test", "A=192.0.2.1");
    dns_set("two.test", "A=192.0.2.2");
    other = start("silent.test", SCTPX_NO_FAMILY, &none);
    assert_int_equal(
        sctpxi_lookup_start(loop, "one.test", SCTPX_NO_FAMILY, on_done_ask_again, &result, &lookup),
        0);
    run_until_done(&result);
    assert_int_equal(result.host.addrs[0].ip[3], 2);
    assert_int_equal(none.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_literals),
        TEST(test_localhost_is_loopback),
        TEST(test_invalid_does_not_exist),
        TEST(test_hosts_file),
        TEST(test_answers),
        TEST(test_failures),
        TEST(test_order),
        TEST(test_neither_family_is_crowded_out),
        TEST(test_cancelled_while_asking),
        TEST(test_cancelled_when_answered),
        TEST(test_others_go_on),
        TEST(test_again_from_inside),
    };

    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
