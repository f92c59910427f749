#!/usr/bin/env bash
# Builds everything and runs the default tests; arguments go to the test runner (for example: -class "*NiftiTests").
# Needs the .NET SDK 10.0; installs the tools that serve the tests as references where it can (root on Debian or
# Ubuntu). Tests whose reference is missing are skipped and say so. The last line is: N passed, N failed, N skipped
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. environment/run-tests.sh

require_dotnet
install_packages "the tests' references" \
    python3-nibabel python3-pydicom python3-gdcm python3-skimage python3-scipy python3-sklearn python3-torch \
    python3-matplotlib python3-pil libgdcm-tools dcmtk dcm2niix
run_tests -trait- Category=Long "$@"
