#!/usr/bin/env bash
# Runs the command line on inputs that once went wrong, and prints what was expected and what came: cases.sh [CASE...]
# The inputs are made by NN/make.py in the folder SCREENER_SHARED_CASES, or ../shared/cases; they need python3 with pydicom,
# nibabel and numpy (02 also dcmtk). What is expected stands in cases.tsv beside this script, a line for each command.
# The last line is: N as expected, N otherwise
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

if ! cases=$(cd "${SCREENER_SHARED_CASES:-../shared/cases}" 2>/dev/null && pwd); then
    say "No cases: expected them in SCREENER_SHARED_CASES, or ../shared/cases."
    exit 2
fi
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
program=$PWD/src/Screener.Cli/bin/Release/net10.0/Screener.Cli.dll
require_dotnet
build src/Screener.Cli >&2
table=$PWD/environment/cases.tsv
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# differs CODE OUTPUT CODES PATTERN ABSENT: says what is not as expected; nothing if all is.
differs() {
    [[ "|$3|" == *"|$1|"* ]] || echo "exit code $1, not $3"
    grep -qE -- "$4" "$2" || echo "nothing like: $4"
    [ -z "$5" ] || ! grep -qE -- "$5" "$2" || echo "there is: $5"
}

good=0 bad=0
while IFS=$'\x1f' read -r number command codes pattern absent; do
    case $number in '#'* | '') continue ;; esac
    [ $# = 0 ] || [[ " $* " == *" $number "* ]] || continue
    input=$folder/$number
    if [ ! -d "$input" ] && ! "$python" "$cases/$number/make.py" "$input" >"$folder/made" 2>&1; then
        cat "$folder/made"
        printf '%s  not made\n' "$number"
        rm -rf "$input"
        bad=$((bad + 1))
        continue
    fi
    rm -rf "$folder/work"
    cp -r "$input" "$folder/work"
    code=0
    # The words of a command have no spaces in them.
    # shellcheck disable=SC2086
    (cd "$folder/work" && timeout 600 dotnet "$program" $command) >"$folder/output" 2>&1 </dev/null || code=$?
    wrong=$(differs "$code" "$folder/output" "$codes" "$pattern" "$absent")
    printf '%s  screener %s\n    expected  exit code %s; %s%s\n' "$number" "$command" "$codes" "$pattern" "${absent:+; not: $absent}"
    printf '    came      exit code %s; %s\n' "$code" "$(tail -n 40 "$folder/output" | cut -c1-400 | sed '2,$s/^/              /')"
    if [ -z "$wrong" ]; then
        good=$((good + 1))
    else
        sed 's/^/    WRONG     /' <<<"$wrong"
        bad=$((bad + 1))
    fi
done < <(tr '\t' '\037' <"$table")
echo "$good as expected, $bad otherwise"
[ "$bad" = 0 ]
