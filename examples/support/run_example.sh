#!/bin/sh
# run_example.sh WITH_SERVER EXPECTED PROGRAM [ARGUMENT ...]
#
# Runs a program with two private servers. Fails where the program does, or where it prints anything else than the file
# EXPECTED says.
set -u
with_server=$1
expected=$2
shift 2
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT
trap 'exit 1' HUP INT TERM

"$with_server" 2 "$@" >"$output"
result=$?
diff -u "$expected" "$output" || exit 1
exit "$result"
