# SPDX-License-Identifier: MIT
# Prints the tables of docs/rfc-matrix.md: a summary, what is done in another way, then all
# requirements by document and chapter.

function document_title(doc)
{
    if (doc == "9260")
        return "RFC 9260: SCTP"
    if (doc == "5062")
        return "RFC 5062: attacks"
    if (doc == "attacks")
        return "Attacks on SCTP stacks"
    if (doc == "6951")
        return "RFC 6951: UDP encapsulation"
    if (doc == "7053")
        return "RFC 7053: SACK-IMMEDIATELY"
    if (doc == "ts102369")
        return "ETSI TS 102 369: test purposes"
    return doc
}

# Of the documents only these have no normative words, and groups instead of chapters.
function is_purpose(i)
{
    return document[i] ~ /^ts/
}

function chapter_of(i, chapter)
{
    chapter = section[i]
    if (document[i] == "9260") {
        sub(/\..*/, "", chapter)
        return chapter
    }
    return is_purpose(i) ? chapter : ""
}

# Heading of a chapter, or of a whole document that has none.
function chapter_title(i, key)
{
    if (chapter_of(i) == "")
        return document_title(document[i])
    key = document[i] SUBSEP chapter_of(i)
    return chapter_of(i) " " (key in section_of ? s_title[section_of[key]] : "")
}

# Text of a cell: what Markdown would take for markup, outside of backquotes.
function cell(words, part, n, i, out)
{
    n = split(words, part, "`")
    out = part[1]
    for (i = 1; i <= n; i++) {
        if (i % 2) {
            gsub(/</, "\\&lt;", part[i])
            gsub(/\*/, "\\*", part[i])
        }
        out = i == 1 ? part[1] : out "`" part[i]
    }
    return out
}

function sources(list, part, n, i, out)
{
    n = split(list, part, /[ \t]*,[ \t]*/)
    for (i = 1; i <= n; i++)
        out = out (i > 1 ? ", " : "") "`" part[i] "`"
    return out
}

function test_cell(i)
{
    if (tests[document[i], id[i]] != "")
        return tests[document[i], id[i]]
    return exempt(i) == "" ? "**none**" : "none"
}

function group(i)
{
    return document[i] SUBSEP chapter_of(i)
}

function summary_prefix(i)
{
    if (is_purpose(i))
        return "ETSI TS 102 369, "
    return chapter_of(i) == "" ? "" : "RFC " document[i] ", "
}

function summary(i, g, how, order, n)
{
    for (i = 1; i <= rows; i++) {
        g = group(i)
        if (!(g in first)) {
            first[g] = i
            order[++n] = g
        }
        total[g]++
        how = exempt(i)
        if (how == "")
            how = tests[document[i], id[i]] == "" ? "untested" : "tested"
        count[g, how]++
    }
    print "| chapter | requirements | tested | done in another way | n/a |"
    print "|---|---|---|---|---|"
    for (i = 1; i <= n; i++) {
        g = order[i]
        print "| " summary_prefix(first[g]) chapter_title(first[g]) " | " total[g] " | " count[g, "tested"] + 0 " | " \
            count[g, "differs"] + 0 " | " count[g, "n/a"] + 0 " |"
    }
}

# What is done in another way than the document says, in one place.
function differences(i)
{
    print "| section | level | requirement | what is done instead, and why |"
    print "|---|---|---|---|"
    for (i = 1; i <= rows; i++)
        if (exempt(i) == "differs")
            print "| " (document[i] == "9260" ? "" : document[i] ", ") id[i] " | " level[i] " | " \
                cell(text[i]) " | " cell(substr(where[i], index(where[i], ":") + 2)) " |"
}

END {
    print "\n## Summary\n"
    summary()
    print "\n## Done in another way\n"
    differences()
    for (i = 1; i <= rows; i++) {
        if (document[i] != document[i - 1])
            print "\n## " document_title(document[i])
        if (i == 1 || group(i) != group(i - 1)) {
            if (chapter_of(i) != "")
                print "\n### " chapter_title(i)
            print "\n| " (is_purpose(i) ? "purpose" : "section") \
                " | level | requirement | where | test |"
            print "|---|---|---|---|---|"
        }
        print "| " id[i] " | " level[i] " | " cell(text[i]) " | " \
            (exempt(i) == "" ? sources(where[i]) : cell(where[i])) " | " test_cell(i) " |"
    }
}
