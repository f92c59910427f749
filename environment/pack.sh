#!/usr/bin/env bash
# Packs Screener and Screener.Interactive into artifacts/packages, where notebooks/nuget.config looks for them:
#   environment/pack.sh [MSBUILD-OPTION...]      for example -p:TorchBackend=cuda-linux
# NuGet never looks again at a version that it has in its cache, so the cache's copies of the same version are removed.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
require_dotnet

packages=$PWD/artifacts/packages
mkdir -p "$packages"
version=$(dotnet msbuild src/Screener.Interactive/Screener.Interactive.csproj -getProperty:Version -nologo "$@" </dev/null)
for project in Screener Screener.Interactive; do
    dotnet pack "src/$project/$project.csproj" -c Release -v q -nologo -o "$packages" "$@" </dev/null
done

cache=$(dotnet nuget locals global-packages --list </dev/null | sed 's/^global-packages: *//')
for id in screener screener.interactive; do
    rm -rf "${cache:?}/$id/${version:?}"
done
say "Packed version $version into $packages."
