#!/bin/sh
# table.sh: an entry of the table of commands that leaves a question open fails `make gen`, with its place and what to write.
. "$(dirname "$0")/compilers.sh"
mkdir -p "$work/tools" "$work/src/command"
cp "$root/tools/generate-commands" "$work/tools"

refused() { # entry, what is said
    rm -rf "$work/src/command/table"
    cp -R "$root/src/command/table" "$work/src/command"
    printf '\n%b' "$1" >>"$work/src/command/table/strings.def"
    line=$(($(wc -l <"$root/src/command/table/strings.def") + 2))
    checks=$((checks + 1))
    if said=$("$work/tools/generate-commands" 2>&1); then
        echo "not refused: $1"
        exit 1
    fi
    case $said in
    "src/command/table/strings.def:$line: $2"*) ;;
    *)
        printf 'refused with:\n%s\nnot with:\n%s\n' "$said" "$2"
        exit 1
        ;;
    esac
}

text="What it does.\n    -> int\n"
refused "NEW a\n    since 1.0.0\n    $text" "NEW names no keys: write 'touches all' behind 'since', if"
refused "NEW a\n    since 1.0.0; untyped\n" "NEW names no keys: write 'touches all' behind 'since', if"
refused "NEW a\n    since 1.0.0; touches some\n    $text" "NEW: 'touches' is 'all', or where it has no keys 'nothing'"
refused "NEW key\n    since 1.0.0; keys 1; touches nothing\n    $text" "NEW: 'touches' is 'all', or"
keyed="    since 1.0.0; keys 1\n    $text"
long="0: not given, and a first line that goes on and on until it is so long that no comment has room for all of it in a line"
refused "NEW key [EX:int]\n$keyed    .ex  expire\n" "NEW: the note on .ex must begin with '0: ' and what it means"
refused "NEW key [EX:any]\n$keyed    .ex  seconds; 0: none\n" "NEW: the note on .ex must begin with '0: '"
refused "NEW key [EX:int]\n$keyed    .ex  $long\n" "NEW: what 0 means of .ex does not fit in the first line"
refused "NEW key [LIMIT start:any num:any]\n$keyed    .start .num  0: all\n" "NEW: the note on .start must begin with '0, 0: '"
refused "NEW key [MAX:int0]\n$keyed    .max  0: all\n" "NEW: the note on .max, which sends 0 for -1, must say so: '; -1: 0'"
echo "$checks checks"
