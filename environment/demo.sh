#!/usr/bin/env bash
# The whole of it on phantoms: makes cohorts, trains, fits, evaluates beside baselines, screens a CT, writes a report.
# Needs the .NET SDK 10.0. Started again after an interruption it goes on; what is done is kept under artifacts/demo.
# Options go to 'screener demo', which has --help.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

require_dotnet
say "== build"
build src/Screener.Cli >&2
real=${SCREENER_SHARED_CT:-../shared/ct}/lidc-idri-0314   # screened where it is there, otherwise a phantom
ct=()
[ ! -f "$real/dicom.zip" ] || ct+=(--ct "$real/dicom.zip")
[ ! -f "$real/dicom.zip" ] || [ ! -f "$real/053.xml" ] || ct+=(--annotations "$real/053.xml")
exec dotnet src/Screener.Cli/bin/Release/net10.0/Screener.Cli.dll demo "${ct[@]}" "$@"
