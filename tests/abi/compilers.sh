# For the checks beside this file: what a program is compiled with.
# shellcheck shell=sh disable=SC2034,SC2086
set -eu
export LC_ALL=C
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
c11="-x c -std=c11 $warnings -Wstrict-prototypes -Wmissing-prototypes"
cxx17="-x c++ -std=c++17 $warnings"
cxx20="-x c++ -std=c++20 $warnings"
checks=0

# run WHAT COMMAND...: counts a check; ends the script where the command fails.
run() {
    what=$1
    shift
    if ! "$@"; then
        echo "failed: $what: $*" >&2
        exit 1
    fi
    checks=$((checks + 1))
}
