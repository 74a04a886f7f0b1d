# SPDX-License-Identifier: MIT
# Finds the "covers:" annotations of the tests named on the command line (paths from the root of the
# tree). Prints, tab-separated,
#   C <document> <id> <test program> <function, or "-" for all of it> <file:line>
#   E <file:line: what is wrong>

function complain(line, what)
{
    print "E\t" FILENAME ":" line ": " what
}

function program(path, name)
{
    if (path ~ /^bench\//)
        return "`" path "`"
    name = path
    sub(/^tests\//, "", name)
    sub(/\.[a-z]+$/, "", name)
    sub(/_test$/, "", name)
    gsub(/\//, ".", name)
    return name
}

# Takes ids out of the words of a line. The first line of an annotation holds nothing else; what
# follows belongs to it as long as each word is an id.
function take(text, must, words, n, i)
{
    gsub(/\*\/.*/, "", text)
    gsub(/^[ \t]*[*#]?[ \t]*|[ \t\r]+$/, "", text)
    n = split(text, words, /[ \t,]+/)
    for (i = 1; i <= n; i++)
        if (words[i] !~ /^[a-z0-9]+\/([A-Za-z0-9.-]+-|[A-Z])[0-9]+$/) {
            if (must)
                complain(FNR, "\"" words[i] "\" is not an id such as 9260/5.1.2-3")
            return 0
        }
    for (i = 1; i <= n; i++)
        if (!((words[i]) in pending_ids)) {
            pending[++count] = words[i]
            pending_ids[words[i]] = FNR
        }
    return n > 0
}

function flush(name, i, doc, id)
{
    for (i = 1; i <= count; i++) {
        doc = id = pending[i]
        sub(/\/.*/, "", doc)
        sub(/^[^\/]*\//, "", id)
        print "C\t" doc "\t" id "\t" program(FILENAME) "\t" name "\t" FILENAME ":" \
            pending_ids[pending[i]]
    }
    forget()
}

function forget(i)
{
    for (i = 1; i <= count; i++)
        delete pending_ids[pending[i]]
    count = 0
}

FNR == 1 {
    forget()
    in_comment = continues = 0
    whole_file = FILENAME !~ /^tests\/.*\.c$/
}

# Annotations speak of the comment they stand in; a shell script's comments start with "#".
{
    starts = $0 ~ /^\/\*/
    if (starts)
        in_comment = 1
    if (match($0, /covers:[ \t]*/) && (in_comment || whole_file || $0 ~ /^[ \t]*(\/?\*|#)/)) {
        if (!in_comment && $0 !~ /^[ \t]*(\/?\*|#)/)
            next
        first = FNR
        continues = take(substr($0, RSTART + RLENGTH), 1)
        if (whole_file)
            flush("-")
    } else if (continues) {
        continues = take($0, 0)
        if (whole_file)
            flush("-")
    }
    if (in_comment) {
        if ($0 ~ /\*\//)
            in_comment = continues = 0
        next
    }
}

!whole_file && match($0, /^static void test_[A-Za-z0-9_]+\(/) {
    name = substr($0, 13, RLENGTH - 13)
    flush(name)
    next
}

# Anything else between the comment and the function.
count {
    complain(first, "covers: does not stand above a test")
    forget()
}
