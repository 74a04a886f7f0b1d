# SPDX-License-Identifier: MIT
# The rules of the source tree that a compiler does not know. Reads all C files of the tree, paths
# relative to its root, and prints one line "file:line: what" per violation. See check.sh.
# Plain awk: no interval expressions, no \b.

function report(what)
{
    printf "%s:%d: %s\n", FILENAME, FNR, what
    violations++
}

function words(list, set, parts, count, i)
{
    count = split(list, parts, " ")
    for (i = 1; i <= count; i++)
        set[parts[i]] = 1
}

function allow(folder, list, parts, count, i)
{
    count = split(list, parts, " ")
    for (i = 1; i <= count; i++)
        may_include[folder, parts[i]] = 1
}

BEGIN {
    if (!max_lines)
        max_lines = 450
    if (!max_function)
        max_function = 80

    # The same table as in cmake/layers.cmake.
    allow("base", "base")
    allow("wire", "base wire")
    allow("trace", "base wire trace")
    allow("engine", "base wire trace engine")
    allow("carrier", "base carrier")
    allow("loop", "base loop")
    allow("backend", "base wire trace engine carrier loop backend")
    allow("api", "base loop backend api")

    # Public headers that only the upper folders may know.
    words("server.h socket.h sctpx.h", upper_headers)
    words("base wire trace engine carrier loop", lower)

    # No clock, allocator, randomness, output or system in these.
    words("base wire engine", pure)
    words("clock_gettime gettimeofday time nanosleep usleep sleep", forbidden)
    words("malloc calloc realloc reallocarray aligned_alloc posix_memalign free", forbidden)
    words("strdup strndup alloca", forbidden)
    words("rand srand rand_r random srandom drand48 getrandom getentropy", forbidden)
    words("printf fprintf dprintf sprintf snprintf asprintf vprintf vfprintf", forbidden)
    words("vdprintf vsprintf vsnprintf vasprintf puts fputs putchar fputc perror", forbidden)
    words("exit _exit getenv", forbidden)
    words("<stdio.h> <time.h> <unistd.h> <pthread.h> <threads.h> <signal.h>", forbidden_header)
    words("<poll.h> <netdb.h> <uv.h>", forbidden_header)
}

# Removes comments and the contents of strings; in_comment lives from line to line.
function strip(line, out, i, c, two, quote)
{
    out = ""
    quote = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\")
                i++
            else if (c == quote) {
                quote = ""
                out = out c
            }
        } else if (two == "/*") {
            in_comment = 1
            out = out " "
            i++
        } else if (two == "//") {
            break
        } else {
            if (c == "\"" || c == "'")
                quote = c
            out = out c
        }
    }
    return out
}

function check_include(line, header, parts, count)
{
    header = line
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
    sub(/[ \t].*$/, "", header)

    if (header ~ /^<sctpx\//) {
        count = split(substr(header, 8, length(header) - 8), parts, "/")
        if ((folder in lower) && (parts[1] in upper_headers))
            report("src/" folder " must not know " header)
        if ((folder in pure) && parts[1] == "loop.h")
            report("src/" folder " must not know " header)
        return
    }
    if (header ~ /^</) {
        if (header ~ /^<(netinet|linux)\/sctp\.h>$/)
            kernel_names = 1
        if ((folder in pure) && (header in forbidden_header ||
            (header ~ /^<(sys|net|netinet|arpa|linux)\// && header != "<sys/queue.h>")))
            report("src/" folder " must not include " header)
        return
    }

    gsub(/"/, "", header)
    if (room == "include" || room == "examples") {
        report("only <sctpx/...> and system headers belong here, not \"" header "\"")
    } else if (room == "src") {
        count = split(header, parts, "/")
        if (header ~ /\.\./ || count != 2)
            report("include \"" header "\" as \"folder/file.h\"")
        else if (folder != "" && !((folder, parts[1]) in may_include))
            report("src/" folder " must not include \"" header "\"")
    } else if (room == "cli" && header ~ /\//) {
        report("the command uses public headers only, not \"" header "\"")
    } else if (room == "tests/api" && header !~ /^support\//) {
        report("tests of the interface use public headers only, not \"" header "\"")
    }
}

function check_names(code, token, before, after)
{
    before = ""
    while (match(code, /[A-Za-z_][A-Za-z0-9_]*/)) {
        before = before substr(code, 1, RSTART - 1)
        token = substr(code, RSTART, RLENGTH)
        after = substr(code, RSTART + RLENGTH)
        if ((room == "include" || room == "src" || room == "cli") && !kernel_names &&
            token ~ /^(sctp|SCTP)_/)
            report("the prefix of " token " belongs to RFC 6458")
        if ((folder in pure) && (token in forbidden) && after ~ /^[ \t]*\(/ &&
            before !~ /(\.|->)[ \t]*$/)
            report("src/" folder " must not call " token "()")
        before = token
        code = after
    }
}

function end_of_file()
{
    if (previous == "")
        return
    if (limited && lines > max_lines)
        print previous ":" lines ": " lines " lines, the limit is " max_lines
    if (limited && lines > max_lines)
        violations++
}

FNR == 1 {
    end_of_file()
    previous = FILENAME
    in_comment = 0
    kernel_names = 0
    body_start = 0
    folder = ""
    room = FILENAME
    sub(/\/.*/, "", room)
    if (FILENAME ~ /^tests\/api\//)
        room = "tests/api"
    if (FILENAME ~ /^src\/[a-z]+\//) {
        folder = substr(FILENAME, 5)
        sub(/\/.*/, "", folder)
    }
    # The preload shim offers RFC 6458's own names.
    if (folder == "preload")
        kernel_names = 1
    limited = room == "src" || room == "cli"
    if ($0 != "/* SPDX-License-Identifier: MIT */")
        report("the first line must be /* SPDX-License-Identifier: MIT */")
}

{
    lines = FNR
    if (length($0) > 100 && room != "tests")
        report("longer than 100 columns")
    if (!in_comment && $0 ~ /^[ \t]*#[ \t]*include[ \t]*[<"]/)
        check_include($0)
    code = strip($0)
    check_names(code)
}

# Braces around one statement of one line, unless they belong to an else: there another branch may
# need them.
function check_braces(code)
{
    if (code ~ /^[ \t]*\} else/)
        in_else = 1
    if (braces_at && braces_at == FNR - 2 && code ~ /^[ \t]*\}[ \t]*$/) {
        print FILENAME ":" braces_at ": braces around a single statement"
        violations++
    }
    if (braces_at < FNR - 1 || code !~ /;[ \t]*$/)
        braces_at = 0
    if (code ~ /\{[ \t]*$/) {
        if (!in_else && code ~ /\) \{[ \t]*$/ && code !~ /switch \(/)
            braces_at = FNR
        in_else = 0
    }
}

# Our format: a function's braces, and only those, stand alone in column 0.
limited && $0 == "{" {
    body_start = FNR
}

limited && body_start {
    check_braces(code)
}

limited && $0 ~ /^}/ && body_start {
    if (FNR - body_start + 1 > max_function)
        report("function of " FNR - body_start + 1 " lines, the limit is " max_function)
    body_start = 0
}

END {
    end_of_file()
    exit violations > 0
}
