/* SPDX-License-Identifier: MIT */
/*
 * Makes first inputs for the fuzzers out of captures:
 *
 *     fuzz_seeds <folder> <file.pcap>...
 *
 * The captures are ours (link type RAW: IPv4, UDP, SCTP), as tests/interop writes them with
 * SCTPX_PCAP_DIR and the sctpx command with --pcap. Each packet becomes an input of packet_fuzz and
 * roundtrip_fuzz, each INIT one of cookie_fuzz, each ten packets one of pair_fuzz, whose commands
 * then follow what was seen. Files are named by a hash of their contents.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16, IPV4_UDP_HEADERS = 28, MAX_BYTES = 65536 };

static const char *folder;

/* An input that grows. */
struct input {
    uint8_t bytes[2048];
    size_t length;
};

static struct input pair_commands;
static unsigned pair_packets;

static void put(struct input *in, uint8_t byte)
{
    if (in->length < sizeof in->bytes)
        in->bytes[in->length++] = byte;
}

static uint64_t hash(const uint8_t *bytes, size_t length)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

static void save(const char *fuzzer, const uint8_t *bytes, size_t length)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, fuzzer);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%016llx", folder, fuzzer,
             (unsigned long long)hash(bytes, length));
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* ---- cookie_fuzz ------------------------------------------------------------------------- */

/* That fuzzer's INIT with these parameters; then its cookie, good, changed and late. */
static void save_cookie_input(const uint8_t *chunk, size_t length)
{
    static const uint8_t rest[] = {5, 0, 8, 6, 0, 1, 0, 9, 1, 9, 200, 5, 0};
    struct input in = {.length = 0};
    size_t params = length - 20;
    put(&in, 1); /* two local addresses */
    put(&in, 0); /* step_init: source, choices, length of the parameters */
    put(&in, 0);
    put(&in, (uint8_t)((params & 3) << 2));
    put(&in, (uint8_t)(params / 4));
    for (size_t i = 0; i < params; i++)
        put(&in, chunk[20 + i]);
    for (size_t i = 0; i < sizeof rest; i++)
        put(&in, rest[i]);
    save("cookie", in.bytes, in.length);
}

/* ---- pair_fuzz --------------------------------------------------------------------------- */

static void begin_pair(void)
{
    static const uint8_t start[] = {0, 1, 0, 0, 1, 0, 0, 24, 0, 2, 12, 31};
    memset(&pair_commands, 0, sizeof pair_commands);
    for (size_t i = 0; i < sizeof start; i++)
        put(&pair_commands, start[i]); /* honest, options of both sides, connect, deliver all */
}

static void save_pair_input(void)
{
    if (pair_packets > 0)
        save("pair", pair_commands.bytes, pair_commands.length);
    pair_packets = 0;
    begin_pair();
}

/* A command that makes about the same happen there. */
static void follow(const uint8_t *chunk, size_t length, uint8_t side)
{
    switch (chunk[0]) {
    case 0: /* DATA: send as much on a stream, with the U bit */
        put(&pair_commands, 15);
        put(&pair_commands, side);
        put(&pair_commands, (uint8_t)((chunk[9] & 3) | (chunk[1] & 4)));
        put(&pair_commands, (uint8_t)(length < 128 ? length : 127 + length / 20));
        break;
    case 3: /* SACK: deliver and read */
        put(&pair_commands, 12);
        put(&pair_commands, 4);
        put(&pair_commands, 19);
        put(&pair_commands, side);
        put(&pair_commands, 15);
        break;
    case 6: /* ABORT */
    case 7: /* SHUTDOWN */
        put(&pair_commands, 22);
        put(&pair_commands, side);
        put(&pair_commands, chunk[0] == 6 ? 0 : 2);
        break;
    default: /* the next packet in turn, and a moment */
        put(&pair_commands, 0);
        put(&pair_commands, side);
        put(&pair_commands, 26);
        put(&pair_commands, 3);
    }
}

/* ---- packets ----------------------------------------------------------------------------- */

static size_t get16(const uint8_t *p)
{
    return (size_t)p[0] << 8 | p[1];
}

static void use_chunk(const uint8_t *chunk, size_t length, uint8_t side)
{
    if (chunk[0] == 1 && length >= 20)
        save_cookie_input(chunk, length);
    follow(chunk, length, side);
}

static void use_packet(const uint8_t *packet, size_t length)
{
    uint8_t side = packet[0] > packet[2];
    save("packet", packet, length);
    save("roundtrip", packet, length);
    for (size_t at = 12; at + 4 <= length;) {
        size_t step = get16(packet + at + 2);
        if (step < 4 || step > length - at)
            break;
        use_chunk(packet + at, step, side);
        at += (step + 3) & ~(size_t)3;
    }
    if (++pair_packets == 10)
        save_pair_input();
}

static bool read_capture(const char *path)
{
    static uint8_t record[MAX_BYTES];
    uint8_t header[FILE_HEADER];
    uint32_t sizes[4];
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(header, 1, sizeof header, file) != sizeof header) {
        perror(path);
        return false;
    }
    while (fread(sizes, 1, RECORD_HEADER, file) == RECORD_HEADER && sizes[2] <= sizeof record &&
           fread(record, 1, sizes[2], file) == sizes[2]) {
        bool is_udp4 = sizes[2] > IPV4_UDP_HEADERS + 16 && record[0] == 0x45 && record[9] == 17;
        if (is_udp4)
            use_packet(record + IPV4_UDP_HEADERS, sizes[2] - IPV4_UDP_HEADERS);
    }
    fclose(file);
    save_pair_input();
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: fuzz_seeds <folder> <file.pcap>...\n");
        return 2;
    }
    folder = argv[1];
    begin_pair();
    for (int i = 2; i < argc; i++)
        if (!read_capture(argv[i]))
            return 1;
    return 0;
}
