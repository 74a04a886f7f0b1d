/* SPDX-License-Identifier: MIT */
#include "options.h"

#define FIELD(name) offsetof(struct options, name)
#define CLIENTS (COMMAND_CONNECT | COMMAND_PING | COMMAND_PERF_CLIENT)
#define SERVERS (COMMAND_LISTEN | COMMAND_PERF_SERVER)
#define PIPES (COMMAND_LISTEN | COMMAND_CONNECT)

/* The longest time: more than anybody waits, and no overflow anywhere. */
#define MAX_SECONDS 1000000u

static const char *const backend_choices[] = {"engine", "kernel", "auto", NULL};
static const char *const congestion_choices[] = {"cubic", "rfc9260", NULL};
static const char *const loss_choices[] = {"rack", "rfc9260", NULL};
static const char *const peer_choices[] = {"server", "discard", "echo", "chargen", NULL};
static const char *const eof_choices[] = {"", "close", "wait", NULL};
static const char *const trace_choices[] = {"none", "info", "messages", "packets", NULL};

const struct option_spec option_table[] = {
    /* ---- listen, connect ---- */
    {0, "echo", NULL, OPTION_FLAG, FIELD(echo), 0, 0, NULL, COMMAND_LISTEN,
     "send back every message on its stream (RFC 862)"},
    {0, "discard", NULL, OPTION_FLAG, FIELD(discard), 0, 0, NULL, COMMAND_LISTEN,
     "throw away what comes (RFC 863)"},
    {0, "chargen", NULL, OPTION_FLAG, FIELD(chargen), 0, 0, NULL, COMMAND_LISTEN,
     "send lines of characters without end (RFC 864)"},
    {0, "exec", "CMD", OPTION_TEXT, FIELD(exec), 0, 0, NULL, COMMAND_LISTEN,
     "run a shell command for each association, with its standard input\n"
     "and output connected to it"},
    {0, "bytes", NULL, OPTION_FLAG, FIELD(bytes), 0, 0, NULL, PIPES,
     "byte mode (TCP emulation): one stream of bytes, no messages"},
    {0, "lines", NULL, OPTION_FLAG, FIELD(lines), 0, 0, NULL, PIPES,
     "each line of the input is one message, and each message received\n"
     "becomes a line; without it, pieces of the input are messages as\n"
     "they come. Empty lines are left out: SCTP has no empty messages"},
    {0, "show-info", NULL, OPTION_FLAG, FIELD(show_info), 0, 0, NULL, PIPES,
     "with --lines: begin each line received with the stream and PPID\n"
     "of its message, as in \"stream 3, ppid 42: hello\""},
    {0, "stream", "N", OPTION_NUMBER, FIELD(stream), 0, SCTPX_MAX_STREAMS - 1, NULL, PIPES,
     "stream to send on (0); everything is received"},
    {0, "ppid", "N", OPTION_NUMBER, FIELD(ppid), 0, UINT32_MAX, NULL, PIPES,
     "payload protocol identifier to send (0)"},
    {0, "unordered", NULL, OPTION_FLAG, FIELD(unordered), 0, 0, NULL, PIPES,
     "send messages unordered"},
    {0, "size", "BYTES", OPTION_SIZE, FIELD(size), 1, 64 << 20, NULL, PIPES,
     "longest message made of the input (16K; with --lines 1M, and a\n"
     "longer line becomes several messages)"},
    {0, "eof", "WHAT", OPTION_CHOICE, FIELD(eof), 0, 0, eof_choices, PIPES,
     "at the end of the input: \"close\" the association (default of\n"
     "connect and --exec), or \"wait\" until the peer does (of listen)"},
    {0, "linger", "SECONDS", OPTION_SECONDS, FIELD(linger), 0, MAX_SECONDS, NULL, PIPES,
     "close only after nothing has come for so long; SCTP cannot receive\n"
     "answers on an association that it is closing"},

    /* ---- counts, ping ---- */
    {'c', "count", "N", OPTION_NUMBER, FIELD(count), 1, UINT32_MAX, NULL, SERVERS,
     "end after so many associations"},
    {0, "backlog", "N", OPTION_NUMBER, FIELD(backlog), 1, 1000000, NULL, SERVERS,
     "associations that may wait to be accepted (128; perf server 20000);\n"
     "further peers get no answer and try again after a second and more"},
    {'c', "count", "N", OPTION_NUMBER, FIELD(count), 1, UINT32_MAX, NULL, COMMAND_PING,
     "stop after so many rounds"},
    {'i', "interval", "SECONDS", OPTION_SECONDS, FIELD(interval), 1000, MAX_SECONDS, NULL,
     COMMAND_PING, "time between two rounds (1)"},

    /* ---- perf client ---- */
    {0, "rr", NULL, OPTION_FLAG, FIELD(rr), 0, 0, NULL, COMMAND_PERF_CLIENT,
     "measure request and response, one at a time, not throughput"},
    {0, "setup", NULL, OPTION_FLAG, FIELD(setup), 0, 0, NULL, COMMAND_PERF_CLIENT,
     "measure setting up and closing associations"},
    {'l', "size", "BYTES", OPTION_SIZE, FIELD(size), 1, 64 << 20, NULL, COMMAND_PERF_CLIENT,
     "length of a message (1K; with --rr 64)"},
    {'P', "parallel", "N", OPTION_NUMBER, FIELD(parallel), 1, 10000, NULL, COMMAND_PERF_CLIENT,
     "associations at the same time (1); measuring begins when all are up"},
    {'t', "time", "SECONDS", OPTION_SECONDS, FIELD(time), 1, MAX_SECONDS, NULL, COMMAND_PERF_CLIENT,
     "how long to measure (10)"},
    {'n', "amount", "N", OPTION_SIZE, FIELD(amount), 1, UINT64_MAX / 2, NULL, COMMAND_PERF_CLIENT,
     "stop after so many bytes, of all associations together, each an\n"
     "equal share; with --rr requests, with --setup associations"},
    {'J', "json", NULL, OPTION_FLAG, FIELD(json), 0, 0, NULL, COMMAND_PERF_CLIENT,
     "the result as JSON; the progress goes to standard error"},
    {'i', "interval", "SECONDS", OPTION_SECONDS, FIELD(interval), 10000, MAX_SECONDS, NULL,
     COMMAND_PERF_CLIENT, "time between two lines of progress (1)"},
    {'R', "reverse", NULL, OPTION_FLAG, FIELD(reverse), 0, 0, NULL, COMMAND_PERF_CLIENT,
     "the server sends, the client receives"},
    {0, "bidir", NULL, OPTION_FLAG, FIELD(bidir), 0, 0, NULL, COMMAND_PERF_CLIENT,
     "both send at the same time"},
    {0, "peer", "WHAT", OPTION_CHOICE, FIELD(peer), 0, 0, peer_choices, COMMAND_PERF_CLIENT,
     "what is at the other end: a sctpx perf \"server\" (default), or any\n"
     "SCTP server for \"discard\", \"echo\" (also with --rr) or \"chargen\""},

    /* ---- all ---- */
    {0, "bind", "ADDR", OPTION_ADDRESS, FIELD(bind), 0, 0, NULL, COMMAND_ANY,
     "local IP address; give several for multihoming. All by default"},
    {0, "udp-port", "N", OPTION_NUMBER, FIELD(udp_port), 0, 65535, NULL, SERVERS,
     "local UDP port that carries SCTP (9899); 0 = a free one"},
    {0, "udp-port", "N", OPTION_NUMBER, FIELD(udp_port), 0, 65535, NULL, CLIENTS,
     "local UDP port that carries SCTP (0 = a free one)"},
    {0, "peer-udp-port", "N", OPTION_NUMBER, FIELD(peer_udp_port), 1, 65535, NULL, CLIENTS,
     "UDP port that the peer's SCTP is behind (9899)"},
    {0, "local-port", "N", OPTION_NUMBER, FIELD(local_port), 0, 65535, NULL,
     COMMAND_CONNECT | COMMAND_PING, "local SCTP port (0 = a free one)"},
    {0, "streams", "N", OPTION_NUMBER, FIELD(streams), 1, SCTPX_MAX_STREAMS, NULL, COMMAND_ANY,
     "at most so many streams each way; by default what the peer takes"},
    {0, "mtu", "BYTES", OPTION_NUMBER, FIELD(mtu), 576, 65535, NULL, COMMAND_ANY,
     "largest IP packet to send (1500)"},
    {0, "no-segmentation", NULL, OPTION_FLAG, FIELD(no_segmentation), 0, 0, NULL, COMMAND_ANY,
     "a system call for each packet: slower, for networks and kernels\n"
     "that lose trains of packets (UDP_SEGMENT, UDP_GRO)"},
    {0, "raw", NULL, OPTION_FLAG, FIELD(raw), 0, 0, NULL, COMMAND_ANY,
     "SCTP right over IP, as protocol 132, without UDP; needs the right\n"
     "CAP_NET_RAW"},
    {0, "only-stack", NULL, OPTION_FLAG, FIELD(only_stack), 0, 0, NULL, SERVERS,
     "with --raw: this host has no other SCTP, so packets to ports where\n"
     "nothing listens are refused instead of left to others"},
    {0, "backend", "WHAT", OPTION_CHOICE, FIELD(backend), 0, 0, backend_choices, COMMAND_ANY,
     "the SCTP to use: our own \"engine\" (default), that of the \"kernel\",\n"
     "or \"auto\": the kernel's if it has one"},
    {0, "congestion", "WHAT", OPTION_CHOICE, FIELD(congestion), 0, 0, congestion_choices,
     COMMAND_ANY, "congestion control of what is sent: \"cubic\" (default) or \"rfc9260\""},
    {0, "loss", "WHAT", OPTION_CHOICE, FIELD(loss), 0, 0, loss_choices, COMMAND_ANY,
     "how losses are found: \"rack\", by time (default), or \"rfc9260\", by\n"
     "three missing reports"},
    {0, "dscp", "N", OPTION_DSCP, FIELD(dscp), 0, 63, NULL, COMMAND_ANY,
     "Differentiated Services code point of the packets: a number or a\n"
     "name, such as ef, af41, cs6, le (0)"},
    {0, "fd", "N", OPTION_NUMBER, FIELD(fd), 0, INT32_MAX, NULL, SERVERS,
     "listen on a descriptor that was inherited: a bound UDP socket, or\n"
     "a listening SCTP socket of the kernel (PORT must then be 0)"},
    {0, "systemd", NULL, OPTION_FLAG, FIELD(systemd), 0, 0, NULL, SERVERS,
     "the same with those of systemd's socket activation (LISTEN_FDS)"},
    {0, "timeout", "SECONDS", OPTION_SECONDS, FIELD(timeout), 0, MAX_SECONDS, NULL, CLIENTS,
     "give up connecting after so long (30)"},
    {0, "timeout", "SECONDS", OPTION_SECONDS, FIELD(timeout), 0, MAX_SECONDS, NULL, SERVERS,
     "end when no association has come for so long"},
    {0, "pcap", "FILE", OPTION_TEXT, FIELD(pcap), 0, 0, NULL, COMMAND_ANY,
     "write all packets to a file for Wireshark and tshark"},
    {0, "trace", "LEVEL", OPTION_CHOICE, FIELD(trace), 0, 0, trace_choices, COMMAND_ANY,
     "tell on standard error what happens: none, info (associations),\n"
     "messages, packets"},
    {'4', "ipv4", NULL, OPTION_FLAG, FIELD(ipv4), 0, 0, NULL, COMMAND_ANY, "IPv4 only"},
    {'6', "ipv6", NULL, OPTION_FLAG, FIELD(ipv6), 0, 0, NULL, COMMAND_ANY, "IPv6 only"},
    {'h', "help", NULL, OPTION_FLAG, FIELD(help), 0, 0, NULL, COMMAND_ANY, "print this"},
};

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);
