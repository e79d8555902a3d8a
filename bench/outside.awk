# How many instructions a program made outside of itself, in libraries: the sum of what callgrind counted in all objects
# but the program's own. That is what its loop, and what it does with the answers, does not count into.
#
#   awk -f outside.awk -v program=bench_case FILE-OF-CALLGRIND

/^ob=/ {
    id = substr($1, 4)
    if (NF > 1)
        own[id] = $2 ~ ("/" program "$")
    counts = !own[id]
}

/^cob=/ && NF > 1 {
    own[substr($1, 5)] = $2 ~ ("/" program "$")
}

# The next line is what the call cost in all, which is counted where it was spent.
/^calls=/ {
    getline
    next
}

/^[0-9+*-]/ && NF == 2 && counts {
    sum += $2
}

END {
    printf "%d\n", sum
}
