#!/bin/sh
# install.sh BUILD_FOLDER: installs what is built there into a folder of its own, moves that elsewhere, and builds and
# runs a program against it: with pkg-config and with CMake, shared and static, with gcc and clang.
# shellcheck disable=SC2046,SC2086
. "$(dirname "$0")/compilers.sh"
build=$1
consumer=$root/tests/abi/consumer

run "installation" cmake --install "$build" --prefix "$work/first" >"$work/log"
run "move" mv "$work/first" "$work/moved"
PKG_CONFIG_PATH=$(dirname "$(find "$work/moved" -name redpipe.pc)")
export PKG_CONFIG_PATH
run "pkg-config" pkg-config --exists --print-errors redpipe
libraries=$(pkg-config --variable=libdir redpipe)
export LD_LIBRARY_PATH="$libraries"

for compiler in gcc clang; do
    run "program" "$compiler" -std=c11 -Wall -Wextra -Wpedantic -Werror "$consumer/main.c" -o "$work/shared" \
        $(pkg-config --cflags --libs redpipe)
    run "program, shared" "$work/shared"
    run "program" "$compiler" -std=c11 -Wall -Wextra -Wpedantic -Werror "$consumer/main.c" -o "$work/static" \
        $(pkg-config --cflags redpipe) "$libraries/libredpipe.a" $(pkg-config --libs jansson libmd) -pthread
    run "program, static" "$work/static"
done

run "configuration" cmake -S "$consumer" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$work/moved" >"$work/log"
run "build" cmake --build "$work/cmake" >"$work/log"
unset LD_LIBRARY_PATH
run "find_package, shared" "$work/cmake/with_redpipe"
run "find_package, static" "$work/cmake/with_redpipe_static"
echo "$checks checks"
