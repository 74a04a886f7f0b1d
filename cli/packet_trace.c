/* SPDX-License-Identifier: MIT */
#include "packet_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit_code.h"
#include "packet_print.h"
#include "report.h"

/* The file format (pcap 2.4); the library writes it in this machine's byte order. */
enum { FILE_HEADER_BYTES = 24, RECORD_MAX_BYTES = 70000 };

struct record {
    uint32_t seconds, microseconds, stored_bytes, bytes;
};

/* ---- the child: from the pipe to standard error and the file ------------------------------- */

static bool copy(FILE *from, FILE *copy_to, void *buffer, size_t length)
{
    if (fread(buffer, 1, length, from) != length)
        return false;
    if (copy_to)
        (void)fwrite(buffer, 1, length, copy_to);
    return true;
}

static void print_all(FILE *from, FILE *copy_to)
{
    static uint8_t bytes[RECORD_MAX_BYTES];
    struct record record;

    if (!copy(from, copy_to, bytes, FILE_HEADER_BYTES))
        return;
    while (copy(from, copy_to, &record, sizeof(record)) && record.stored_bytes <= sizeof(bytes) &&
           copy(from, copy_to, bytes, record.stored_bytes)) {
        packet_print(stderr, record.seconds, record.microseconds, bytes, record.stored_bytes);
        if (copy_to)
            (void)fflush(copy_to);
    }
}

/* Signals are for the parent; the end of the pipe is the child's. */
static _Noreturn void run_child(int from_fd, FILE *copy_to)
{
    FILE *from = fdopen(from_fd, "rb");

    signal(SIGPIPE, SIG_DFL);
    setvbuf(stderr, NULL, _IOLBF, 0);
    if (from)
        print_all(from, copy_to);
    if (copy_to)
        (void)fclose(copy_to);
    _exit(0);
}

/* ---- the parent --------------------------------------------------------------------------- */

/* The library does not tell why the file cannot be opened: the system tells it again. */
static int set_file(sctpx_loop *loop, const char *path)
{
    int result = sctpx_loop_set_pcap(loop, path), fd;

    if (result == 0)
        return EXIT_DONE;
    fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    report("cannot write packets to %s: %s", path,
           fd < 0 ? strerror(errno) : sctpx_strerror(result));
    if (fd >= 0)
        close(fd);
    return EXIT_FAILED;
}

static int start_child(struct packet_trace *trace, sctpx_loop *loop, FILE *copy_to)
{
    char path[32];
    int ends[2], code;

    if (pipe2(ends, O_CLOEXEC) < 0 || (trace->child = fork()) < 0) {
        report("cannot trace packets: %s", strerror(errno));
        trace->child = 0;
        return EXIT_FAILED;
    }
    if (trace->child == 0) {
        close(ends[1]);
        run_child(ends[0], copy_to);
    }
    close(ends[0]);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
    code = set_file(loop, path);
    close(ends[1]);
    return code;
}

int packet_trace_open(struct packet_trace *trace, sctpx_loop *loop, const char *path,
                      bool is_printing)
{
    FILE *copy_to = NULL;
    int code;

    trace->child = 0;
    if (!is_printing)
        return path ? set_file(loop, path) : EXIT_DONE;
    if (path) {
        copy_to = fopen(path, "wbe");
        if (!copy_to) {
            report("cannot write packets to %s: %s", path, strerror(errno));
            return EXIT_FAILED;
        }
    }
    code = start_child(trace, loop, copy_to);
    if (copy_to)
        (void)fclose(copy_to);
    return code;
}

void packet_trace_close(struct packet_trace *trace)
{
    if (trace->child > 0)
        (void)waitpid(trace->child, NULL, 0);
    trace->child = 0;
}
