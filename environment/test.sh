#!/usr/bin/env bash
# Builds everything and runs the default tests; arguments go to the test runner (for example: -class "*NiftiTests").
# Needs the .NET SDK 10.0; installs the tools that serve the tests as references where it can (root on Debian or
# Ubuntu). Tests whose reference is missing are skipped and say so. The last line is: N passed, N failed, N skipped
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. environment/run-tests.sh

require_dotnet
install_references
run_tests -trait- Category=Long "$@"
