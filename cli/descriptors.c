/* SPDX-License-Identifier: MIT */
#include "descriptors.h"

#include <stdlib.h>
#include <unistd.h>

#include "exit_code.h"
#include "report.h"

/* SD_LISTEN_FDS_START of sd_listen_fds(3). */
enum { FIRST_OF_SYSTEMD = 3 };

static bool read_variable(const char *name, uint64_t max, uint64_t *ret_value)
{
    const char *text = getenv(name);

    return text && options_parse_number(text, 1, max, ret_value);
}

static int get_from_systemd(int *ret_fds, size_t *ret_count)
{
    uint64_t pid, count;

    if (!read_variable("LISTEN_PID", INT32_MAX, &pid) || pid != (uint64_t)getpid() ||
        !read_variable("LISTEN_FDS", INT32_MAX, &count)) {
        report("--systemd: no sockets: this process was not started by a .socket unit "
               "(LISTEN_PID, LISTEN_FDS)");
        return EXIT_FAILED;
    }
    if (count > SCTPX_MAX_LOCALS) {
        report("--systemd: more than %d sockets", SCTPX_MAX_LOCALS);
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        ret_fds[i] = FIRST_OF_SYSTEMD + (int)i;
    *ret_count = (size_t)count;
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return EXIT_DONE;
}

int descriptors_get(const struct options *options, int *ret_fds, size_t *ret_count)
{
    *ret_count = 0;
    if (options->systemd)
        return get_from_systemd(ret_fds, ret_count);
    if (options->fd != OPTION_UNSET) {
        ret_fds[0] = (int)options->fd;
        *ret_count = 1;
    }
    return EXIT_DONE;
}
