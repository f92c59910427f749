#!/usr/bin/env bash
# Builds and runs the comparison with PyTorch, pydicom, scipy, scikit-image and scikit-learn; arguments go to it
# (for example: --case metrics --repeats 9 --json bench.json). Installs the peers where it can; a peer that is missing
# is named in the table. Run it on an otherwise idle machine; on another, --threads 1 --clock processor counts processor time.
# With --both-kinds first, it runs twice on a processor with AVX-512: as it is, and as if it had AVX2 alone, ours and
# the peers alike; the JSON of the second run is named FILE.avx2.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

both=
[ "${1:-}" != --both-kinds ] || { both=yes; shift; }
require_dotnet
install_packages "the benchmarks' peers" \
    python3-torch python3-pydicom python3-scipy python3-skimage python3-sklearn python3-numpy
build tests/Screener.Benchmarks
program=tests/Screener.Benchmarks/bin/Release/net10.0/Screener.Benchmarks.dll
dotnet "$program" "$@"
[ -n "$both" ] || exit 0
if ! grep -q avx512f /proc/cpuinfo 2>/dev/null; then
    say "This processor has no AVX-512: the table above is that of an AVX2 processor."
    exit 0
fi

second=()
previous=
for argument; do
    [ "$previous" != --json ] || argument=$argument.avx2
    second+=("$argument")
    previous=$argument
done
echo
echo "The same machine as if its processors had AVX2 alone:"
export DOTNET_EnableAVX512=0 ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 # .NET, oneDNN and torch, ours and the peer's
# matrix products: libtorch's, and those of Debian's PyTorch and NumPy
export MKL_ENABLE_INSTRUCTIONS=AVX2 OPENBLAS_CORETYPE=Haswell
exec dotnet "$program" "${second[@]}"
