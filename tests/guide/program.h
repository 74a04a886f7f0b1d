/* SPDX-License-Identifier: MIT */
/*
 * For blocks that are whole programs: the block is included after this, with its main() under
 * another name, and runs in a child process. Its server gets a free UDP port and tells it.
 */
#ifndef GUIDE_PROGRAM_H
#define GUIDE_PROGRAM_H

#include <sys/wait.h>
#include <unistd.h>

#include "guide.h"

struct program {
    pid_t pid;
    FILE *output;       /* what it prints */
    struct guide guide; /* a loop of this process, and where the program listens */
};

static int program_ports = -1; /* in the child: where to tell the ports */

static int program_listen(sctpx_server *server, const sctpx_addr *addrs, size_t n, uint16_t port)
{
    int result = sctpx_server_listen(server, addrs, n, port);
    const uint16_t ports[2] = {sctpx_server_port(server), sctpx_server_udp_port(server)};

    CHECK(result < 0 || write(program_ports, ports, sizeof(ports)) == sizeof(ports));
    return result;
}

static void program_start(struct program *program, int (*function)(void))
{
    int ports[2], output[2];
    uint16_t told[2];

    CHECK(pipe(ports) == 0 && pipe(output) == 0 && fflush(NULL) == 0);
    program->pid = fork();
    CHECK(program->pid >= 0);
    if (program->pid == 0) {
        program_ports = ports[1];
        CHECK(dup2(output[1], 1) == 1);
        setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
        close(ports[0]);
        close(output[0]);
        _exit(function());
    }
    close(ports[1]);
    close(output[1]);
    CHECK(read(ports[0], told, sizeof(told)) == sizeof(told)); /* or the program has ended */
    close(ports[0]);
    program->output = fdopen(output[0], "r");
    CHECK(program->output && sctpx_loop_new(&program->guide.loop) == 0);
    CHECK(sctpx_addr_parse("127.0.0.1", &program->guide.addr) == 0);
    program->guide.port = told[0];
    program->guide.addr.udp_port = told[1];
}

/* The next line that it prints, without its end. */
static inline const char *program_line(struct program *program)
{
    static char line[1000];

    CHECK(fgets(line, sizeof(line), program->output));
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static void program_stop(struct program *program)
{
    CHECK(kill(program->pid, SIGTERM) == 0 && waitpid(program->pid, NULL, 0) == program->pid);
    fclose(program->output);
    sctpx_loop_free(program->guide.loop);
}

#include "free_ports.h"

#define sctpx_server_listen program_listen
#define main program_main

#endif
