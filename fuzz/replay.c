/* SPDX-License-Identifier: MIT */
/*
 * A main() for fuzzers in builds without libFuzzer: runs each file that is named, and each file of
 * each folder that is named. A folder that is not there is an empty one.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 20, MAX_PATH_BYTES = 4096 };

static unsigned long count;

/* An exact block, so that a sanitizer sees reads past the input. */
static int run_file(const char *path)
{
    static uint8_t buffer[MAX_BYTES];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        return 1;
    memcpy(exact, buffer, size);
    if (getenv("FUZZ_VERBOSE") != NULL)
        fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    count++;
    return 0;
}

static int run(const char *path)
{
    char name[MAX_PATH_BYTES];
    DIR *folder = opendir(path);
    if (folder == NULL) {
        FILE *file = fopen(path, "rb");
        if (file == NULL)
            return 0;
        fclose(file);
        return run_file(path);
    }
    int result = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof name || run_file(name) != 0)
            result = 1;
    }
    closedir(folder);
    return result;
}

int main(int argc, char **argv)
{
    int result = 0;
    for (int i = 1; i < argc; i++)
        result |= run(argv[i]);
    printf("%lu inputs\n", count);
    return result;
}
