#!/bin/sh
# readme.sh LIBRARY_FOLDER: the first program in README.md builds as it stands there, without a warning.
# shellcheck disable=SC2086
. "$(dirname "$0")/compilers.sh"
libraries=$1

sed -n '/^```c$/,/^```$/p' "$root/README.md" | sed '1d; /^```$/,$d' >"$work/program.c"
for compiler in gcc clang; do
    run "README.md" "$compiler" $c11 -I"$root/include" "$work/program.c" -x none -L"$libraries" -lredpipe \
        -o "$work/program"
done
echo "$checks programs"
