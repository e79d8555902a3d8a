#!/bin/sh
# Each public header compiles alone, and twice over, in C11 and C++17, without a warning.
# shellcheck disable=SC2086
. "$(dirname "$0")/compilers.sh"

for header in "$root"/include/redpipe/*.h "$root"/include/redpipe/*/*.h; do
    name=redpipe/${header#"$root"/include/redpipe/}
    printf '#include <%s>\n#include <%s>\n' "$name" "$name" >"$work/alone"
    for compiler in gcc clang; do
        run "$name" "$compiler" $c11 -I"$root/include" -fsyntax-only "$work/alone"
    done
    for compiler in g++ clang++; do
        run "$name" "$compiler" $cxx17 -I"$root/include" -fsyntax-only "$work/alone"
    done
done
echo "$checks compilations"
