#!/bin/sh
# macros.sh LIBRARY_FOLDER: macros.c uses every public macro, compiles without a warning, and runs with what the shared
# library exports.
# shellcheck disable=SC2086
. "$(dirname "$0")/compilers.sh"
libraries=$1
source=$root/tests/abi/macros.c

for macro in $(sed -n 's/^#define \(rp_[a-z0-9_]*\|RP_ARGS*\)(.*/\1/p' "$root"/include/redpipe/*.h | sort -u); do
    run "$macro is used" grep -q "\\b$macro(" "$source"
done

build_and_run() { # compiler flags...
    compiler=$1
    shift
    run "$source" "$compiler" "$@" -I"$root/include" "$source" -x none -L"$libraries" -lredpipe -o "$work/macros"
    run "macros, built with $compiler $*" env LD_LIBRARY_PATH="$libraries" "$work/macros"
}
for compiler in gcc clang; do
    build_and_run "$compiler" $c11
done
for compiler in g++ clang++; do
    build_and_run "$compiler" $cxx17
    build_and_run "$compiler" $cxx20
done
echo "$checks checks"
