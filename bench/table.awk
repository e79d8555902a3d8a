# Prints one figure as a table: a row for each case, a column for each contender, and the ratio of the first contender
# to each of the others.
#
#   awk -f table.awk -v figure=wall_ns -v columns="redpipe hiredis" [-v only=get] [-v targets=1]
#       [-v bounds=1] RESULTS
#
# RESULTS holds lines of name=value pairs: row and column say whose figure it is. Of several rounds the median counts; a
# ratio is the median of the rounds' ratios, since each round ran the contenders right after each other. With only, rows
# are left out that do not begin so. With targets, a row shows the most that is allowed ("row=... target=..."); with
# bounds, those of the ratio of the first contender to the second ("row=... least=... most=..."). Where one is missed,
# the exit status is 1.

function median(text, values, n, i, j, swap)
{
    n = split(text, values, " ")
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && values[j - 1] + 0 > values[j] + 0; j--) {
            swap = values[j]
            values[j] = values[j - 1]
            values[j - 1] = swap
        }
    return n == 0 ? "-" : n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

function ratio(top, bottom, tops, bottoms, n, i, all)
{
    n = split(top, tops, " ")
    if (n == 0 || split(bottom, bottoms, " ") != n)
        return "-"
    for (i = 1; i <= n; i++) {
        if (bottoms[i] + 0 == 0)
            return "-"
        all = all " " tops[i] / bottoms[i]
    }
    return median(all)
}

# Where a ratio is judged, it must not look better than it is.
function fraction(x)
{
    return x == "-" ? x : sprintf(bounds ? "%.4f" : "%.2f", x)
}

function digits(x)
{
    return x == "-" ? x : sprintf(x < 1 ? "%.4f" : x < 100 ? "%.2f" : "%.0f", x)
}

{
    delete pair
    for (i = 1; i <= NF; i++) {
        at = index($i, "=")
        pair[substr($i, 1, at - 1)] = substr($i, at + 1)
    }
    row = pair["row"]
    if ("target" in pair)
        target[row] = pair["target"]
    else if ("least" in pair) {
        least[row] = pair["least"]
        most[row] = pair["most"]
    } else if (figure in pair && index(" " columns " ", " " pair["column"] " ") && (!only || index(row, only) == 1)) {
        if (!(row in known)) {
            known[row] = 1
            rows[++row_count] = row
        }
        figures[row, pair["column"]] = figures[row, pair["column"]] " " pair[figure]
    }
}

END {
    count = split(columns, column, " ")
    line = sprintf("%-26s", title)
    for (i = 1; i <= count; i++)
        line = line sprintf(" %13s", column[i])
    for (i = 2; i <= count; i++)
        line = line sprintf(" %15s", "/ " column[i])
    print line (targets || bounds ? sprintf(" %9s", "allowed") : "")
    for (r = 1; r <= row_count; r++) {
        row = rows[r]
        line = sprintf("%-26s", row)
        gsub("_", " ", line)
        for (i = 1; i <= count; i++)
            line = line sprintf(" %13s", digits(median(figures[row, column[i]])))
        for (i = 2; i <= count; i++)
            line = line sprintf(" %15s", fraction(ratio(figures[row, column[1]], figures[row, column[i]])))
        if (targets && row in target) {
            measured = median(figures[row, column[1]]) + 0
            kept = measured > 0 && measured <= target[row] + 0
            missed += !kept
            line = line sprintf(" %9s  %s", digits(target[row]), kept ? "kept" : "MISSED")
        }
        if (bounds) {
            quotient = ratio(figures[row, column[1]], figures[row, column[2]])
            kept = least[row] + 0 <= quotient && quotient <= most[row] + 0
            missed += !kept
            line = line sprintf(" %9s  %s", least[row] " - " most[row], kept ? "kept" : "MISSED")
        }
        print line
    }
    print ""
    exit missed > 0
}
