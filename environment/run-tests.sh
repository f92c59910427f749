# Sourced by test.sh and test-long.sh: install_references installs what the tests compare with; run_tests
# [RUNNER-OPTION...] builds and tests; the script's last line is then
# "N passed, N failed, N skipped", whatever happens.

passed=0 failed=0 skipped=0
folder=$(mktemp -d)
report=$folder/tests.xml

finish() {
    local status=$?
    trap - EXIT
    rm -rf "$folder"
    if [ "$status" = 0 ] && [ $((passed + failed)) = 0 ]; then
        say "No test ran."
        status=1
    fi
    echo "$passed passed, $failed failed, $skipped skipped"
    exit "$status"
}
trap finish EXIT

# The value of an attribute of the report's <assembly> element.
count() {
    awk -v name="$1" 'BEGIN { RS = ">" }
        /<assembly / { if (match($0, " " name "=\"[0-9]+\""))
            print substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4); exit }' "$report"
}

install_references() {
    install_packages "the tests' references" \
        python3-nibabel python3-pydicom python3-gdcm python3-skimage python3-scipy python3-sklearn python3-torch \
        python3-matplotlib python3-pil libgdcm-tools dcmtk dicom3tools dcm2niix chromium \
        jupyter-notebook python3-nbclient python3-nbconvert python3-jupyter-kernel-test
}

# Each of the test programs in turn; what they count is added up.
run_tests() {
    local worst=0 options=(-noAutoReporters) name
    [ -t 1 ] || options+=(-noColor)
    require_room 3000 "the build, packages and the tests' files" || return
    build
    for name in Screener.Tests Screener.Cli.Tests Screener.Interactive.Tests Screener.Kernel.Tests; do
        run_program "$name" "${options[@]}" "$@" || worst=$?
    done
    return "$worst"
}

# run_program NAME RUNNER-OPTION...
run_program() {
    local name=$1 status=0
    shift
    rm -f "$report"
    dotnet "tests/$name/bin/Release/net10.0/$name.dll" "$@" -result-xml "$report" </dev/null || status=$?
    if [ -s "$report" ] && [ -n "$(count total)" ]; then
        # Errors are failures outside of a test: a constructor, a fixture, a cleanup.
        local broken=$(($(count failed) + 0$(count errors)))
        passed=$((passed + $(count passed))) failed=$((failed + broken)) skipped=$((skipped + $(count skipped)))
        [ "$status" = 0 ] || return "$status"
        [ "$broken" = 0 ]
    elif [ "$status" != 0 ]; then
        say "$name ended with exit code $status before it wrote its report: counted as one failure."
        failed=$((failed + 1))
        return "$status"
    fi # Otherwise no test matched: finish says so if none did anywhere.
}
