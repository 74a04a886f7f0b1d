# SPDX-License-Identifier: MIT
# Reads figures, one JSON object per line as bench_figure() writes them, and prints the medians of
# each stack side by side; format=text, markdown or json. The ratio says how many times better sctpx
# is, whether more or less is better. Lowest and highest run stand beside each median:
# figures of two processes fall into a fast and a slow mode when anything else runs on the machine.

function text(key,    at) {
    at = index($0, "\"" key "\":\"") + length(key) + 4
    return substr($0, at, index(substr($0, at), "\"") - 1)
}

function number(key) {
    return substr($0, index($0, "\"" key "\":") + length(key) + 3) + 0
}

function median(row, stack,    n, i, j, sorted, x) {
    n = count[row, stack]
    for (i = 1; i <= n; i++) {
        x = value[row, stack, i]
        for (j = i - 1; j >= 1 && sorted[j] > x; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = x
    }
    if (n == 0)
        return 0
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

function extreme(row, stack, sign,    i, x) {
    x = value[row, stack, 1]
    for (i = 2; i <= count[row, stack]; i++)
        if (sign * value[row, stack, i] > sign * x)
            x = value[row, stack, i]
    return x
}

function range(row, stack) {
    if (count[row, stack] == 0)
        return "-"
    return human(median(row, stack)) " (" human(extreme(row, stack, -1)) ".." \
           human(extreme(row, stack, 1)) ")"
}

function human(x) {
    if (x == 0)
        return "-"
    return x >= 100 ? sprintf("%.0f", x) : sprintf("%.3g", x)
}

function ratio(row, a, b) {
    if (a == 0 || b == 0)
        return 0
    return better[row] == "more" ? a / b : b / a
}

function print_row(row,    a, b, r, out) {
    a = median(row, "sctpx")
    b = median(row, "usrsctp")
    r = ratio(row, a, b)
    out = r == 0 ? "-" : sprintf("%.2f", r)
    if (format == "json")
        printf "%s\n  {\"bench\": \"%s\", \"case\": \"%s\", \"figure\": \"%s\", " \
               "\"better\": \"%s\", \"runs\": %d, \"sctpx\": %.6g, \"usrsctp\": %.6g, " \
               "\"ratio\": %.3f, " \
               "\"sctpx_range\": [%.6g, %.6g], \"usrsctp_range\": [%.6g, %.6g]}",
               row == 1 ? "" : ",", bench[row], name[row], figure[row], better[row],
               count[row, "sctpx"], a, b, r,
               extreme(row, "sctpx", -1), extreme(row, "sctpx", 1),
               extreme(row, "usrsctp", -1), extreme(row, "usrsctp", 1)
    else if (format == "markdown")
        printf "| %s | %s | %s | %s | %s | %s |\n", bench[row], name[row], figure[row],
               range(row, "sctpx"), range(row, "usrsctp"), out
    else
        printf "%-15s %-22s %-32s %28s %28s %7s\n", bench[row], name[row], figure[row],
               range(row, "sctpx"), range(row, "usrsctp"), out
}

/^\{"bench":/ {
    key = text("bench") SUBSEP text("case") SUBSEP text("figure")
    if (!(key in rows)) {
        rows[key] = ++n_rows
        bench[n_rows] = text("bench")
        name[n_rows] = text("case")
        figure[n_rows] = text("figure")
        better[n_rows] = text("better")
    }
    row = rows[key]
    stack = text("stack")
    value[row, stack, ++count[row, stack]] = number("value")
}

END {
    if (format == "json")
        printf "["
    else if (format == "markdown")
        print "| bench | case | figure | sctpx | usrsctp | ratio |\n|---|---|---|--:|--:|--:|"
    else
        printf "%-15s %-22s %-32s %28s %28s %7s\n",
               "bench", "case", "figure", "sctpx", "usrsctp", "ratio"
    for (row = 1; row <= n_rows; row++)
        print_row(row)
    if (format == "json")
        print "\n]"
}
