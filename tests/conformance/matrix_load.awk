# SPDX-License-Identifier: MIT
# Loads what matrix_rows.awk and matrix_covers.awk found (rows sorted) into
#   rows, row[i]; document[i] id[i] section[i] level[i] words[i] text[i] where[i] place[i] file[i]
#   row_of[document, id]; tests[document, id] (as printed); sections, s_document[] s_section[]
#   s_words[] s_title[], section_of[document, section]; problem[1..problems]; covers, c_document[] ...
# Used together with matrix_check.awk or matrix_write.awk.

BEGIN {
    FS = "\t"
}

$1 == "S" {
    sections++
    s_document[sections] = $2
    s_section[sections] = $3
    s_words[sections] = $4
    s_title[sections] = $5
    section_of[$2, $3] = sections
    known_document[$2] = 1
}

$1 == "R" {
    rows++
    document[rows] = $2
    id[rows] = $4
    section[rows] = $5
    level[rows] = $6
    words[rows] = $7
    text[rows] = $8
    where[rows] = $9
    place[rows] = $10
    file[rows] = $11
    if (($2, $4) in row_of)
        twice[rows] = place[row_of[$2, $4]]
    else
        row_of[$2, $4] = rows
    rows_in[$2, $5]++
    words_in[$2, $5] += $7
    known_document[$2] = 1
}

$1 == "C" {
    covers++
    c_document[covers] = $2
    c_id[covers] = $3
    c_place[covers] = $6
    # Sorted by program: functions of one program stand together.
    key = $2 SUBSEP $3
    if (last_program[key] != $4)
        tests[key] = tests[key] (tests[key] == "" ? "" : "; ") $4
    if ($5 != "-")
        tests[key] = tests[key] " `" $5 "`"
    last_program[key] = $4
}

$1 == "E" {
    problem[++problems] = $2
}

# Whether a row needs no test, and why: "n/a", "differs" or "".
function exempt(i)
{
    if (where[i] ~ /^n\/a/)
        return "n/a"
    return where[i] ~ /^differs/ ? "differs" : ""
}
