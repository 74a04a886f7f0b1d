# SPDX-License-Identifier: MIT
# Makes the comments of the public headers into those that Doxygen reads; the headers themselves
# hold plain ones. Used by Doxyfile as INPUT_FILTER.
#
#   the first comment of a file            describes the file
#   a comment above a declaration          describes it, and those that follow it without a gap
#   a comment behind a member or value     describes that
#   /* ---- words ---- */                  is left out: a heading for readers of the header
#   the list of errors (X macro)           becomes the enum that it makes

function flush_comment(opener, i, line)
{
    for (i = 1; i <= comment_lines; i++) {
        line = comment[i]
        if (i == 1)
            sub(/\/\*/, opener, line)
        print line
    }
}

# Whether the comment that was collected is wanted for this line of code.
function describe(line)
{
    if (comment_lines == 0 || in_statement || is_closing(line))
        return
    if (line ~ /^[ \t]*(struct|union|enum)[ \t]+[a-z_]+;/ || line ~ /^[ \t]*#[ \t]*(if|ifdef|ifndef|else|endif|include|undef)/)
        return
    # A heading over members that have comments of their own.
    if (line ~ /\/\*/ && line !~ /^[ \t]*\/\*/ && line ~ /^[ \t]/)
        return
    flush_comment("/**")
}

function is_closing(line)
{
    return line ~ /^[ \t]*}/ || line ~ /^extern "C"/
}

# Behind code: "code; /* words" becomes "code; /**< words".
function trailing(line)
{
    if (line ~ /^[ \t]*[^ \t\/].*\/\*/)
        sub(/\/\*/, "/**<", line)
    return line
}

# "type a, b; /* words */" becomes one line for each of them, all with these words.
function print_members(line, words, type, i, n, name)
{
    words = line
    sub(/^[^;]*;[ \t]*/, "", words)
    sub(/;.*/, "", line)
    n = split(line, name, /, */)
    match(name[1], /[^ \t]+$/)
    type = substr(name[1], 1, RSTART - 1)
    name[1] = substr(name[1], RSTART)
    sub(/\/\*/, "/**<", words)
    for (i = 1; i <= n; i++)
        print type name[i] "; " words
}

function forget()
{
    comment_lines = 0
}

FNR == 1 {
    next # the licence
}

# ---- several members at once ----

in_members {
    members = members "\n" $0
    if (/\*\//) {
        in_members = 0
        print_members(members)
    }
    next
}

/^[ \t]+[a-z][a-z0-9_ ]* [a-z0-9_]+(, [a-z0-9_]+)+;[ \t]*\/\*/ {
    forget()
    members = $0
    in_members = !/\*\//
    if (!in_members)
        print_members(members)
    next
}

# ---- inside a comment ----

in_comment {
    if (in_comment == 2)
        print
    else
        comment[++comment_lines] = $0
    if (/\*\//) {
        in_comment = 0
        if (!file_described) {
            flush_comment("/** @file\n")
            file_described = 1
            forget()
        }
    }
    next
}

/^[ \t]*\/\* ----/ {
    forget()
    next
}

/^[ \t]*\/\*/ {
    forget()
    comment[comment_lines = 1] = $0
    in_comment = !/\*\//
    if (!in_comment && !file_described) {
        flush_comment("/** @file\n")
        file_described = 1
        forget()
    }
    next
}

/^[ \t]*$/ {
    forget()
    print
    next
}

# ---- the list of errors ----

match($0, /^[ \t]*X\([A-Z]+, -[0-9]+, [A-Z]+, ".*"\)/) {
    line = $0
    sub(/^[ \t]*X\(/, "", line)
    split(line, field, /, */)
    match($0, /".*"/)
    values = values sprintf("\nSCTPX_%s = %s, /**< %s */", field[1], field[2], substr($0, RSTART + 1, RLENGTH - 2))
    next
}

/SCTPX_ERROR_LIST\(SCTPX_ERROR_ENUM\)/ {
    print "/** Errors; errno of each by sctpx_error_to_errno(). */"
    print "enum sctpx_error { SCTPX_OK = 0, /**< no error */" values "\n};"
    next
}

/^#define SCTPX_ERROR_(LIST|ENUM)/ || /^#undef/ {
    forget()
    next
}

# ---- code ----

{
    describe($0)
    print trailing($0)
    if ($0 ~ /\/\*/ && $0 !~ /\*\//)
        in_comment = 2
    # A statement that goes on in the next line is described once.
    code = $0
    sub(/\/\*.*/, "", code)
    in_statement = code !~ /[;{},][ \t]*$/ && code !~ /^[ \t]*#/ && code !~ /^[ \t]*$/
    if (code ~ /,[ \t]*$/ && code ~ /\(/)
        in_statement = 1
    else if (code ~ /,[ \t]*$/ && was_in_statement)
        in_statement = 1
    was_in_statement = in_statement
    if (code ~ /{[ \t]*$/)
        forget()
}
