#!/bin/sh
# Each case of misuse.c compiles when written right, and does not when written wrong, with a compiler's default warnings
# as errors: gcc 12 and clang 14 only warn where later ones refuse.
# shellcheck disable=SC2086
. "$(dirname "$0")/compilers.sh"
source=$root/tests/abi/misuse.c

refuses() {
    ! "$@" 2>/dev/null
}

for case in $(sed -n 's/.*CASE == \([0-9]*\).*/\1/p' "$source"); do
    for compiler in "gcc -x c -std=c11" "clang -x c -std=c11" "g++ -x c++ -std=c++20" "clang++ -x c++ -std=c++20"; do
        command="$compiler -Werror -I$root/include -fsyntax-only -DCASE=$case $source"
        run "case $case, right" $command -DRIGHT
        run "case $case, wrong, must not compile" refuses $command
    done
done
echo "$checks compilations"
