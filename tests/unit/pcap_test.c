/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <sctpx/addr.h>
#include <sctpx/error.h>

#include "trace/pcap.h"

#define FILE_HEADER 24u
#define RECORD_HEADER 16u

struct fixture {
    char path[64];
    struct sctpxi_pcap *pcap;
    uint8_t bytes[200000];
    size_t length;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    int fd;

    strcpy(fixture.path, "/tmp/sctpx-pcap-XXXXXX");
    fd = mkstemp(fixture.path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(sctpxi_pcap_open(fixture.path, 1000000, &fixture.pcap), 0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    sctpxi_pcap_close(fixture->pcap);
    unlink(fixture->path);
    return 0;
}

static void read_back(struct fixture *fixture)
{
    FILE *file = fopen(fixture->path, "rb");

    sctpxi_pcap_flush(fixture->pcap);
    assert_non_null(file);
    fixture->length = fread(fixture->bytes, 1, sizeof(fixture->bytes), file);
    fclose(file);
}

static uint32_t host32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, 4);
    return value;
}

static unsigned net16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* The one's complement sum; 0xffff for data that holds its own right checksum. */
static unsigned ones_sum(unsigned total, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        total += i % 2 == 0 ? (unsigned)data[i] << 8 : data[i];
        total = (total & 0xffff) + (total >> 16);
    }
    return total;
}

static sctpx_addr addr_of(const char *text)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse(text, &addr), 0);
    return addr;
}

static void write_packet(struct fixture *fixture, const char *source, const char *destination,
                         const void *data, size_t length)
{
    sctpx_addr from = addr_of(source), to = addr_of(destination);

    sctpxi_pcap_write(fixture->pcap, 3500001, &from, &to, data, length);
}

static void test_the_file_header(void **state)
{
    struct fixture *fixture = *state;

    read_back(fixture);
    assert_int_equal(fixture->length, FILE_HEADER);
    assert_int_equal(host32(fixture->bytes), 0xa1b2c3d4);
    assert_int_equal(host32(fixture->bytes + 20), 101);
}

/* covers: 6951/5.3-3 */
static void test_an_ipv4_packet(void **state)
{
    struct fixture *fixture = *state;
    const uint8_t *ip = fixture->bytes + FILE_HEADER + RECORD_HEADER, *udp = ip + 20;
    unsigned pseudo;

    write_packet(fixture, "192.0.2.1:9899", "198.51.100.7:5000", "twelve bytes!", 13);
    read_back(fixture);
    assert_int_equal(fixture->length, FILE_HEADER + RECORD_HEADER + 20 + 8 + 13);
    assert_int_equal(host32(ip - 8), 20 + 8 + 13);
    assert_int_equal(host32(ip - 4), 20 + 8 + 13);
    assert_int_equal(ip[0], 0x45);
    assert_int_equal(net16(ip + 2), 20 + 8 + 13);
    assert_int_equal(ip[9], 17);
    assert_memory_equal(ip + 12, "\300\000\002\001\306\063\144\007", 8);
    assert_int_equal(ones_sum(0, ip, 20), 0xffff);
    assert_int_equal(net16(udp), 9899);
    assert_int_equal(net16(udp + 2), 5000);
    assert_int_equal(net16(udp + 4), 8 + 13);
    pseudo = ones_sum(17 + 8 + 13, ip + 12, 8);
    assert_int_equal(ones_sum(pseudo, udp, 8 + 13), 0xffff);
    assert_memory_equal(udp + 8, "twelve bytes!", 13);
}

static void test_an_ipv6_packet(void **state)
{
    struct fixture *fixture = *state;
    const uint8_t *ip = fixture->bytes + FILE_HEADER + RECORD_HEADER, *udp = ip + 40;

    write_packet(fixture, "[2001:db8::1]:9899", "[2001:db8::2]:5000", "abcd", 4);
    read_back(fixture);
    assert_int_equal(fixture->length, FILE_HEADER + RECORD_HEADER + 40 + 8 + 4);
    assert_int_equal(ip[0], 0x60);
    assert_int_equal(net16(ip + 4), 8 + 4);
    assert_int_equal(ip[6], 17);
    assert_int_equal(ip[8], 0x20);
    assert_int_equal(ip[8 + 15], 1);
    assert_int_equal(ip[24 + 15], 2);
    assert_int_equal(ones_sum(ones_sum(17 + 8 + 4, ip + 8, 32), udp, 8 + 4), 0xffff);
}

static void test_times_are_those_of_the_calendar(void **state)
{
    struct fixture *fixture = *state;
    const uint8_t *record = fixture->bytes + FILE_HEADER;
    time_t now = time(NULL);
    uint32_t first_us;

    write_packet(fixture, "192.0.2.1:1", "192.0.2.2:2", "x", 1);
    read_back(fixture);
    /* Opened at 1.0 s of a clock that now shows 3.500001 s. */
    assert_in_range(host32(record), now, now + 10);
    first_us = host32(record + 4);
    assert_true(first_us < 1000000);
}

static void test_without_a_udp_port_it_is_plain_sctp(void **state)
{
    struct fixture *fixture = *state;
    const uint8_t *ip = fixture->bytes + FILE_HEADER + RECORD_HEADER;

    write_packet(fixture, "192.0.2.1:9899", "192.0.2.2", "abcd", 4);
    read_back(fixture);
    assert_int_equal(fixture->length, FILE_HEADER + RECORD_HEADER + 20 + 4);
    assert_int_equal(ip[9], 132);
    assert_memory_equal(ip + 20, "abcd", 4);
}

static void test_an_unknown_source_is_the_wildcard(void **state)
{
    struct fixture *fixture = *state;
    const uint8_t *ip = fixture->bytes + FILE_HEADER + RECORD_HEADER;

    write_packet(fixture, "*:5", "[2001:db8::2]:5000", "abcd", 4);
    read_back(fixture);
    assert_int_equal(ip[0], 0x60);
    assert_int_equal(ip[8], 0);
    assert_int_equal(ip[24], 0x20);
}

static void test_the_longest_packet(void **state)
{
    static uint8_t data[65508];
    struct fixture *fixture = *state;

    write_packet(fixture, "192.0.2.1:1", "192.0.2.2:2", data, 65508);
    read_back(fixture);
    assert_int_equal(fixture->length, FILE_HEADER); /* fits no packet */
    write_packet(fixture, "192.0.2.1:1", "192.0.2.2:2", data, 65507);
    read_back(fixture);
    assert_int_equal(fixture->length, FILE_HEADER + RECORD_HEADER + 65535);
}

static void test_files_that_cannot_be_written(void **state)
{
    struct sctpxi_pcap *pcap = NULL;

    (void)state;
    assert_int_equal(sctpxi_pcap_open("/no/such/folder/file", 0, &pcap), SCTPX_ESYSTEM);
    assert_null(pcap);
    assert_int_equal(sctpxi_pcap_open("/dev/full", 0, &pcap), SCTPX_ESYSTEM);
    assert_null(pcap);
    sctpxi_pcap_close(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_file_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_ipv4_packet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_ipv6_packet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_times_are_those_of_the_calendar, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_a_udp_port_it_is_plain_sctp, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_unknown_source_is_the_wildcard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_longest_packet, set_up, tear_down),
        cmocka_unit_test(test_files_that_cannot_be_written),
    };

    return cmocka_run_group_tests_name("pcap", tests, NULL, NULL);
}
