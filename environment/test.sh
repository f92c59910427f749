#!/usr/bin/env bash
# Builds everything and runs the default tests. Ends with one line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build -c Release -v q
dotnet tests/Screener.Tests/bin/Release/net10.0/Screener.Tests.dll
