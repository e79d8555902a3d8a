#!/bin/sh
# Each case of misuse.c compiles when written right, and does not when written wrong, with a compiler's default warnings
# as errors: gcc 12 and clang 14 only warn where later ones refuse.
# shellcheck disable=SC2086
. "$(dirname "$0")/compilers.sh"
source=$root/tests/abi/misuse.c

refuses() {
    ! "$@" 2>"$work/errors"
}

# The first line with an error names the mistake.
names() {
    grep -m1 'error:' "$work/errors" | grep -Eq "$1"
}

for case in $(sed -n 's/.*CASE == \([0-9]*\).*/\1/p' "$source"); do
    says=$(sed -n "s/.*CASE == $case .*says\(, everywhere\)*: \(.*\) \*\//\2/p" "$source")
    everywhere=$(grep "CASE == $case .*says, everywhere:" "$source" || true)
    for compiler in "gcc -x c -std=c11" "clang -x c -std=c11" "g++ -x c++ -std=c++20" "clang++ -x c++ -std=c++20"; do
        command="$compiler -Werror -I$root/include -fsyntax-only -DCASE=$case $source"
        run "case $case, right" $command -DRIGHT
        run "case $case, wrong, must not compile" refuses $command
        case $compiler$everywhere in
        *c11* | *everywhere*)
            run "case $case, its first error says '$says': $(grep -m1 error: "$work/errors")" names "$says"
            ;;
        esac
    done
done
echo "$checks compilations"
