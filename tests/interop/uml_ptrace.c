/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into User-Mode Linux by kernel_guest.sh, which compiles it. The UML of Debian 12 keeps
 * 2,696 bytes of a process's vector registers; a CPU with larger ones (AMX) makes the host's kernel
 * refuse to set so few, and UML dies at its first process. Here what it sets is filled up with
 * zeroes, which stand for "as after a reset". Other CPUs see no difference.
 */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long ptrace_function(int request, pid_t pid, void *address, void *data);

/* How many bytes the host keeps; 0 if it does not tell. */
static size_t host_size(ptrace_function *next, pid_t pid)
{
    static unsigned char state[65536];
    static size_t size;
    if (size == 0) {
        struct iovec all = {state, sizeof state};
        if (next(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all) == 0)
            size = all.iov_len;
    }
    return size;
}

static long set_all(ptrace_function *next, pid_t pid, const struct iovec *part)
{
    static unsigned char state[65536];
    struct iovec all = {state, host_size(next, pid)};
    if (part->iov_len >= all.iov_len)
        return next(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, (void *)part);
    memset(state, 0, all.iov_len);
    memcpy(state, part->iov_base, part->iov_len);
    return next(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
    static ptrace_function *next;
    va_list list;
    va_start(list, request);
    pid_t pid = va_arg(list, pid_t);
    void *address = va_arg(list, void *);
    void *data = va_arg(list, void *);
    va_end(list);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "ptrace");
    if ((int)request == PTRACE_SETREGSET && (size_t)address == NT_X86_XSTATE)
        return set_all(next, pid, data);
    return next((int)request, pid, address, data);
}
