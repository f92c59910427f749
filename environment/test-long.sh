#!/usr/bin/env bash
# Builds everything and runs the long tests, which test.sh leaves out; arguments go to the test runner.
# The last line is: N passed, N failed, N skipped
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. environment/run-tests.sh

require_dotnet
install_references
run_tests -trait Category=Long "$@"
