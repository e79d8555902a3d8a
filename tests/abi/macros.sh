#!/bin/sh
# macros.sh LIBRARY_FOLDER: macros.c uses every public macro, every_command.c those of the generated headers, and idioms.cc
# some as only C++ can. They compile without a warning, and run with what the shared library exports.
# shellcheck disable=SC2086
. "$(dirname "$0")/compilers.sh"
libraries=$1

for macro in $(sed -n 's/^#define \(rp_[a-z0-9_]*\|RP_ARGS*\|RP_BYTES_OF\)(.*/\1/p' "$root"/include/redpipe/*.h | sort -u); do
    run "$macro is used" grep -q "\\b$macro(" "$root/tests/abi/macros.c"
done
for macro in $(sed -n 's/^#define \(rp_[a-z0-9_]*\)(.*/\1/p' "$root"/include/redpipe/commands/*.h); do
    run "$macro is used" grep -q "\\b$macro(" "$root/tests/abi/every_command.c"
done

build_and_run() { # "programs" compiler flags...
    programs=$1
    compiler=$2
    shift 2
    for program in $programs; do
        source=$root/tests/abi/$program
        run "$source" "$compiler" "$@" -I"$root/include" "$source" -x none -L"$libraries" -lredpipe -o "$work/$program"
        run "$program, built with $compiler $*" env LD_LIBRARY_PATH="$libraries" "$work/$program"
    done
}
for compiler in gcc clang; do
    build_and_run "macros.c every_command.c" "$compiler" $c11
done
for compiler in g++ clang++; do
    build_and_run "macros.c every_command.c idioms.cc" "$compiler" $cxx17
    build_and_run "macros.c every_command.c idioms.cc" "$compiler" $cxx20
done
echo "$checks checks"
