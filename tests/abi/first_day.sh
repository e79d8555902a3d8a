#!/bin/sh
# What somebody does first, in a checkout that has built nothing: make demo, make install below a prefix of his own, and the
# lines of README.md that follow from that, as they are printed there. None of it needs what the tests need.
# shellcheck disable=SC2016
. "$(dirname "$0")/compilers.sh"
# As in a shell of his own, though make may have started this one.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL PKG_CONFIG_PATH LD_LIBRARY_PATH
export HOME="$work/home"
mkdir "$HOME" "$work/stubs" "$work/program"

# Which packages a target asks for, on a machine that has none: apt is not reached.
printf '#!/bin/sh\nexit 1\n' >"$work/stubs/dpkg-query"
printf '#!/bin/sh\necho 1000\n' >"$work/stubs/id"
printf '#!/bin/sh\ncase "$*" in *apt-get*" install "*) echo "$*" >"%s"; exit 1 ;; esac\n' "$work/asked" >"$work/stubs/sudo"
chmod +x "$work"/stubs/*
asks_for() { # target, package that is asked for, packages that are not
    rm -f "$work/asked"
    run "make $1 asks apt" fails env PATH="$work/stubs:$PATH" make -C "$root" "$1"
    run "make $1 needs $2" grep -q " $2 " "$work/asked"
    run "make $1 needs more: $(cat "$work/asked")" fails grep -Eq " ($3)( |\$)" "$work/asked"
}
fails() {
    ! "$@" >"$work/log" 2>&1
}
asks_for install cmake "g\+\+|clang.*|valgrind|python3|strace|lib(cmocka|hiredis)-dev|redis-server"
asks_for demo cmake "g\+\+|clang.*|valgrind|python3|strace|libhiredis-dev"
asks_for test valgrind "no-such-package"

# The demonstration, and nothing but it.
run "make demo" make -s -C "$root" demo >"$work/demo" 2>"$work/errors"
run "make demo says what it shows" grep -q '^Every count is as claimed\.$' "$work/demo"
run "make demo says nothing in front of that" test "$(sed -n '1s/,.*//p' "$work/demo")" = libredpipe
run "make demo has nothing to complain of" test ! -s "$work/errors"
run "make demo builds no test" test -z "$(find "$root/build/demo" -name 'test_*.o')"

# The lines of README.md, each as it stands there.
sed -n '/^    make install PREFIX=/,/^$/p' "$root/README.md" >"$work/lines"
run "README.md has lines for a prefix" grep -q static "$work/lines"
{ echo 'set -e; make() { command make -s -C "$root" "$@"; }'; cat "$work/lines"; } >"$work/script"
cp "$root/tests/abi/consumer/main.c" "$work/program/program.c"
cd "$work/program"
export root
follow() {
    sh "$1" >"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
}
run "the lines of README.md" follow "$work/script"
run "make install builds no test" test ! -e "$root/build/install/tests"
for program in program archive alone; do
    run "$program" "./$program" >"$work/log"
done
uses() {
    readelf -d "$1" | grep -q "Shared library: \[$2"
}
run "program uses the shared library" uses program libredpipe
run "archive does not" fails uses archive libredpipe
run "archive uses others" uses archive libmd
run "alone uses none" fails uses alone lib

# Without a run path.
cc program.c -o without $(PKG_CONFIG_PATH=$HOME/redpipe/lib/pkgconfig pkg-config --cflags --libs redpipe)
run "a program without a run path needs more" fails ./without
run "LD_LIBRARY_PATH" env LD_LIBRARY_PATH="$HOME/redpipe/lib" ./without >"$work/log"

# For packagers.
run "DESTDIR" make -s -C "$root" install DESTDIR="$work/stage" PREFIX=/opt/redpipe >"$work/log"
run "DESTDIR is used" test -e "$work/stage/opt/redpipe/lib/pkgconfig/redpipe.pc"
echo "$checks checks"
