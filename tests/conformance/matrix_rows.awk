# SPDX-License-Identifier: MIT
# Reads sections.txt and the requirement files named on the command line. Prints, tab-separated,
#   S <document> <section> <words> <title>
#   R <document> <sort key> <id> <section> <level> <number> <text> <where> <file:line> <file>
#   E <file:line: what is wrong>            see matrix.sh for the format that is checked here

function trim(text)
{
    gsub(/^[ \t]+|[ \t\r]+$/, "", text)
    return text
}

function complain(what)
{
    print "E\t" short ":" FNR ": " what
}

# "5.1.2-3" as text that sorts by numbers: every number with five digits. Test purposes are numbered
# throughout all groups: AS-V-1-5-2 is 1-5-2.
function sort_key(id, key, digits)
{
    key = ""
    if (is_purposes)
        sub(/^[A-Z-]+/, "", id)
    while (match(id, /[0-9]+/)) {
        digits = substr(id, RSTART, RLENGTH)
        key = key substr(id, 1, RSTART - 1) substr("00000" digits, length(digits) + 1)
        id = substr(id, RSTART + RLENGTH)
    }
    return key id
}

function is_level(level)
{
    if (is_purposes)
        return level == "purpose"
    return level ~ /^(MUST|MUST NOT|SHOULD|SHOULD NOT|SHALL|SHALL NOT|REQUIRED|RECOMMENDED|NOT RECOMMENDED|MAY|OPTIONAL|rule)$/
}

FNR == 1 {
    short = FILENAME
    sub(/.*\//, "", short)
    doc = short
    sub(/\.txt$/, "", doc)
    chapter = ""
    if (match(doc, /-[0-9]+$/)) {
        chapter = substr(doc, RSTART + 1) + 0
        doc = substr(doc, 1, RSTART - 1)
    }
    sub(/^rfc/, "", doc)
    is_purposes = doc ~ /^ts/
}

/^[ \t]*(#|\r?$)/ {
    next
}

{
    n = split($0, field, "|")
    for (i = 1; i <= n; i++)
        field[i] = trim(field[i])
    if (n != 4) {
        complain(n " fields, there must be 4")
        next
    }
    for (i = 1; i <= 4; i++)
        if (field[i] == "") {
            complain("field " i " is blank")
            next
        }
}

short == "sections.txt" {
    print "S\t" field[1] "\t" field[2] "\t" field[3] "\t" field[4]
    has_sections[field[1]] = 1
    next
}

{
    id = field[1]
    if (id !~ /^([A-Za-z0-9][A-Za-z0-9.-]*-|[A-Z])[0-9]+$/) {
        complain("\"" id "\" is not an id (section, \"-\", number)")
        next
    }
    section = id
    sub(is_purposes ? "-.*" : "-?[0-9]+$", "", section)
    if (chapter != "" && section !~ ("^" chapter "(\\.|$)"))
        complain(id " is not of chapter " chapter)
    level = field[2]
    number = 1
    if (match(level, / x[0-9]+$/)) {
        number = substr(level, RSTART + 2) + 0
        level = substr(level, 1, RSTART - 1)
    }
    if ((doc in has_sections) && !is_level(level))
        complain(id ": \"" field[2] "\" is not a level")
    if (level ~ /^(MAY|OPTIONAL|rule|purpose)$/)
        number = 0
    if (field[4] ~ /^(n\/a|differs)/ && field[4] !~ /^(n\/a|differs): [^ ].......*/)
        complain(id ": n/a and differs need a reason: \"" field[4] "\"")
    print "R\t" doc "\t" sort_key(id) "\t" id "\t" section "\t" field[2] "\t" number "\t" \
        field[3] "\t" field[4] "\t" short ":" FNR "\t" short
}
