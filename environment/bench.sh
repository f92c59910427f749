#!/usr/bin/env bash
# Builds and runs the comparison with PyTorch, pydicom, scipy, scikit-image and scikit-learn; arguments go to it
# (for example: --case metrics --repeats 9 --json bench.json). Installs the peers where it can; a peer that is missing
# is named in the table. Run it on an otherwise idle machine.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

require_dotnet
install_packages "the benchmarks' peers" \
    python3-torch python3-pydicom python3-scipy python3-skimage python3-sklearn python3-numpy
build tests/Screener.Benchmarks
exec dotnet tests/Screener.Benchmarks/bin/Release/net10.0/Screener.Benchmarks.dll "$@"
