# SPDX-License-Identifier: MIT
# Prints what is wrong with the matrix, one line each; exits 1 if there is anything. With -v only=x
# it looks only at rows of files that begin with x (rfc9260-05, rfc7053), their sections, and
# annotations of those.

function wrong(what)
{
    print what
    found++
}

# Is this document and section one of those to be looked at?
function is_meant(doc, sec, name, chapter)
{
    if (only == "")
        return 1
    chapter = sec
    sub(/\..*/, "", chapter)
    name = (doc ~ /^[0-9]/ ? "rfc" : "") doc
    if (index(name, only) == 1)
        return 1
    return index(name "-" (length(chapter) < 2 ? "0" : "") chapter, only) == 1
}

function section_part(text)
{
    sub(text ~ /^[A-Z]/ ? "-.*" : "-[0-9]+$", "", text)
    return text
}

function check_sources(i, n, part, j)
{
    n = split(where[i], part, /[ \t]*,[ \t]*/)
    for (j = 1; j <= n; j++)
        if (part[j] !~ /^(src|include|cli)\/[A-Za-z0-9_\/.-]+$/)
            wrong(place[i] ": " id[i] ": \"" part[j] "\" is neither a source file nor n/a: or differs:")
        else if ((getline line < (root "/" part[j])) < 0)
            wrong(place[i] ": " id[i] ": no file " part[j])
        else
            close(root "/" part[j])
}

function check_row(i)
{
    if (i in twice)
        wrong(place[i] ": " id[i] " stands already at " twice[i])
    if (exempt(i) == "" || document[i] ~ /^ts/) { # no test purpose is left out
        check_sources(i)
        if (tests[document[i], id[i]] == "")
            wrong(place[i] ": " document[i] "/" id[i] " has no test")
    }
    if (!((document[i], section[i]) in section_of) && (document[i] in has_counts))
        wrong(place[i] ": sections.txt has no section " section[i] " of " document[i])
}

# A group of test purposes is complete when it has so many rows.
function check_group(i, there)
{
    there = rows_in[s_document[i], s_section[i]] + 0
    if (there != s_words[i])
        wrong(s_document[i] " " s_section[i] ": " there " purposes, the document has " s_words[i])
}

function check_section(i, key, expected)
{
    key = s_document[i] SUBSEP s_section[i]
    expected = s_words[i] == "-" ? 0 : s_words[i]
    if (s_document[i] ~ /^ts/)
        check_group(i)
    else if (s_words[i] != "-" && !(key in rows_in))
        wrong("RFC " s_document[i] " " s_section[i] " (" s_title[i] "), " expected \
            " normative words: no requirement")
    else if (words_in[key] + 0 != expected + 0)
        wrong("RFC " s_document[i] " " s_section[i] ": the requirements have " words_in[key] + 0 \
            " normative words, the RFC has " expected)
}

END {
    for (i = 1; i <= problems; i++)
        if (only == "" || index(problem[i], only) == 1 || problem[i] !~ /^(rfc|ts)/)
            wrong(problem[i])
    for (i = 1; i <= sections; i++)
        has_counts[s_document[i]] = 1
    for (i = 1; i <= rows; i++)
        if (only == "" || index(file[i], only) == 1)
            check_row(i)
    for (i = 1; i <= sections; i++)
        if (is_meant(s_document[i], s_section[i]))
            check_section(i)
    for (i = 1; i <= covers; i++)
        if (!((c_document[i], c_id[i]) in row_of) && is_meant(c_document[i], section_part(c_id[i])))
            wrong(c_place[i] ": " c_document[i] "/" c_id[i] ": no such requirement")
    exit found > 0
}
