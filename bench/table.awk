# SPDX-License-Identifier: MIT
# awk -v format=text|markdown|json -f table.awk targets figures
# Reads what has to be reached (bench/targets) and figures, one JSON object per line as
# bench_figure() writes them, and prints two tables: the targets, and all figures. Each figure is
# the median of its runs, with the lowest and the highest one in brackets.

function text(key,    at) {
    at = index($0, "\"" key "\":\"") + length(key) + 4
    return substr($0, at, index(substr($0, at), "\"") - 1)
}

function number(key) {
    return substr($0, index($0, "\"" key "\":") + length(key) + 3) + 0
}

function trim(s) {
    gsub(/^[ \t]+|[ \t]+$/, "", s)
    return s
}

function sort(row, stack, sorted,    n, i, j, x) {
    n = count[row, stack] + 0
    for (i = 1; i <= n; i++) {
        x = value[row, stack, i]
        for (j = i - 1; j >= 1 && sorted[j] > x; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = x
    }
    return n
}

function median(row, stack,    n, sorted) {
    n = sort(row, stack, sorted)
    if (n == 0)
        return 0
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

function human(x) {
    return x >= 100 || x == int(x) ? sprintf("%.0f", x) : sprintf("%.3g", x)
}

function range(row, stack,    n, sorted) {
    n = sort(row, stack, sorted)
    if (n == 0)
        return "-"
    if (sorted[1] == sorted[n])
        return human(median(row, stack))
    return human(median(row, stack)) " (" human(sorted[1]) ".." human(sorted[n]) ")"
}

# Cells of one line; widths matter for text only. A width below zero is flush left.
function line(cells, widths, n,    i, out) {
    out = format == "markdown" ? "|" : ""
    for (i = 1; i <= n; i++)
        out = out (format == "markdown" ? " " cells[i] " |" \
                                        : sprintf("%" widths[i] "s ", cells[i]))
    sub(/ +$/, "", out)
    print out
}

function heading(list, sizes, cells, widths,    n, i, out) {
    n = split(list, cells, "|")
    split(sizes, widths, " ")
    line(cells, widths, n)
    for (i = 1; i <= n; i++)
        out = out (widths[i] < 0 ? "|---" : "|--:")
    if (format == "markdown")
        print out "|"
    return n
}

# ---- what was measured ----------------------------------------------------------------------

function add_figure(    key, row, stack) {
    key = text("bench") SUBSEP text("case") SUBSEP text("figure")
    if (!(key in rows)) {
        rows[key] = ++n_rows
        bench[n_rows] = text("bench")
        name[n_rows] = text("case")
        figure[n_rows] = text("figure")
        better[n_rows] = text("better")
        if (index($0, "\"target\":"))
            add_target("", bench[n_rows], name[n_rows], figure[n_rows], "-",
                       better[n_rows] == "more" ? ">=" : "<=", number("target"))
    }
    row = rows[key]
    stack = text("stack")
    value[row, stack, ++count[row, stack]] = number("value")
    if (stack != "sctpx")
        beside[row] = beside[row] == "" || beside[row] == stack ? stack : "several"
}

function print_figure(row, out,    stacks, n, i, s) {
    stacks[1] = "sctpx"
    n = 1
    for (i = 1; i <= n_known; i++)
        if (count[row, known[i]] > 0)
            stacks[++n] = known[i]
    for (i = 1; i <= n; i++) {
        s = stacks[i]
        if (count[row, s] == 0)
            continue
        cell[1] = bench[row]
        cell[2] = name[row]
        cell[3] = figure[row]
        cell[4] = s
        cell[5] = range(row, s)
        cell[6] = ""
        if (i > 1 && median(row, s) != 0 && count[row, "sctpx"] > 0)
            cell[6] = sprintf("%.2f", median(row, "sctpx") / median(row, s))
        if (format == "json")
            printf "%s\n  {\"bench\": \"%s\", \"case\": \"%s\", \"figure\": \"%s\", " \
                   "\"better\": \"%s\", \"stack\": \"%s\", \"runs\": %d, \"median\": %.6g}",
                   printed++ ? "," : "", bench[row], name[row], figure[row], better[row], s,
                   count[row, s], median(row, s)
        else
            line(cell, width, 6)
    }
}

# ---- what has to be reached -----------------------------------------------------------------

function add_target(label, b, c, f, other, op, limit) {
    n_targets++
    t_row[n_targets] = label
    t_bench[n_targets] = b
    t_case[n_targets] = c
    t_figure[n_targets] = f
    t_beside[n_targets] = other
    t_op[n_targets] = op
    t_limit[n_targets] = limit
}

# The row and stack that a target is measured beside; 0: not measured in this run.
function find_beside(t,    parts, n, key) {
    if (index(t_beside[t], "/") == 0) {
        b_stack = t_beside[t]
        b_row = rows[t_bench[t], t_case[t], t_figure[t]]
    } else {
        n = split(t_beside[t], parts, "/")
        b_stack = "sctpx"
        b_row = rows[parts[1], parts[2], (n > 2 ? parts[3] : t_figure[t])]
    }
    return b_row > 0 && count[b_row, b_stack] > 0
}

function print_target(t,    row, measured, mine, reached) {
    if (!((t_bench[t], t_case[t], t_figure[t]) in rows))
        return
    row = rows[t_bench[t], t_case[t], t_figure[t]]
    if (count[row, "sctpx"] == 0)
        return
    mine = median(row, "sctpx")
    measured = mine
    cell[5] = cell[6] = ""
    if (t_beside[t] != "-") {
        if (!find_beside(t) || median(b_row, b_stack) == 0)
            return
        measured = mine / median(b_row, b_stack)
        cell[5] = t_beside[t] ": " range(b_row, b_stack)
        cell[6] = sprintf("%.3g", measured)
    }
    reached = t_op[t] == ">=" ? measured >= t_limit[t] : measured <= t_limit[t]
    met += reached
    judged++
    cell[1] = t_row[t]
    cell[2] = t_bench[t] ", " t_case[t]
    cell[3] = t_figure[t]
    cell[4] = range(row, "sctpx")
    cell[7] = t_op[t] " " t_limit[t]
    cell[8] = reached ? "yes" : "NO"
    if (format != "json") {
        line(cell, width, 8)
        return
    }
    printf "%s\n  {\"row\": \"%s\", \"bench\": \"%s\", \"case\": \"%s\", \"figure\": \"%s\", " \
           "\"sctpx\": %.6g, \"beside\": \"%s\", \"measured\": %.4g, \"target\": \"%s %s\", " \
           "\"reached\": %s}",
           printed++ ? "," : "", t_row[t], t_bench[t], t_case[t], t_figure[t], mine, t_beside[t],
           measured, t_op[t], t_limit[t], reached ? "true" : "false"
}

# ---- ------------------------------------------------------------------------------------------

FNR == NR {
    if ($0 !~ /^#/ && split($0, part, "|") == 6) {
        split(trim(part[6]), bound, " ")
        add_target(trim(part[1]), trim(part[2]), trim(part[3]), trim(part[4]), trim(part[5]),
                   bound[1], bound[2] + 0)
    }
    next
}

/^\{"bench":/ { add_figure() }

END {
    n_known = split("usrsctp limit udp", known, " ")
    if (format == "json")
        printf "{\"targets\": ["
    else
        heading("row|measure|figure|sctpx|beside|ratio|target|reached",
                "-4 -46 -32 28 -56 8 9 8", cell, width)
    for (t = 1; t <= n_targets; t++)
        print_target(t)
    printed = 0
    if (format == "json") {
        printf "],\n\"figures\": ["
    } else {
        printf "\n%d of %d targets reached\n\n", met, judged
        heading("bench|case|figure|stack|value|sctpx / it", "-15 -34 -34 -8 30 10", cell, width)
    }
    for (row = 1; row <= n_rows; row++)
        print_figure(row)
    if (format == "json")
        print "]}"
}
