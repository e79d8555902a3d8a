#!/bin/sh
# readme.sh LIBRARY_FOLDER: what README.md prints is true. Each C program builds as it stands there, without a warning. A
# piece of one is what could stand in its main: it builds as the main of the program in front of it, which is called
# something else then. And each command that the table refuses is named.
# shellcheck disable=SC2086
. "$(dirname "$0")/compilers.sh"
libraries=$1
readme=$root/README.md

# Each block of C, in a file of its own: 1.c, 2.c ...
awk -v folder="$work" '/^```c$/ { file = folder "/" ++n ".c"; next } /^```$/ { file = "" } file { print >file }' "$readme"
run "README.md has programs" test -s "$work/1.c"
run "no program is marked as another language" test "$(grep -c '^```' "$readme")" = $((2 * $(grep -c '^```c$' "$readme")))

# A piece becomes a program.
whole=""
for block in "$work"/[0-9].c; do
    if grep -q '^int main(void)$' "$block"; then
        whole=$block
    else
        run "there is a program in front of ${block##*/}" test -n "$whole"
        mv "$block" "$work/piece"
        sed 's/^int main(void)$/int main_of_the_program(void);\nint main_of_the_program(void)/' "$whole" >"$block"
        { printf '\nint main(void)\n{\n'; cat "$work/piece"; printf '    return 0;\n}\n'; } >>"$block"
    fi
    for compiler in gcc clang; do
        run "README.md, program ${block##*/}" "$compiler" $c11 -I"$root/include" "$block" -x none -L"$libraries" \
            -lredpipe -o "$work/program"
    done
done

for command in $(awk '/^[A-Z]/ { name = $1; if ($2 ~ /^[A-Z]+$/) name = name "_" $2 } /^ +! / { print name }' \
    "$root"/src/command/table/*.def); do
    run "README.md says that $command is refused" grep -Eq "[ :]$(echo "$command" | tr _ ' ')[,;:.]" "$readme"
done
echo "$checks checks"
