#!/usr/bin/env bash
# Installs .NET Interactive, in the version that .config/dotnet-tools.json names, as Jupyter's kernel ".net-csharp":
#   environment/interactive.sh [FOLDER-OF-KERNEL-SPECS]     by default the user's
# Needs the .NET SDK 10.0, and Jupyter where no folder is named.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
require_dotnet

kernels=${1:-$(jupyter --data-dir)/kernels}
dotnet tool restore </dev/null >&2
version=$(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' .config/dotnet-tools.json)
cache=$(dotnet nuget locals global-packages --list </dev/null | sed "s/^global-packages: *//; s:/*$::")
app=$(ls "$cache"/microsoft.dotnet-interactive/"$version"/tools/*/any/Microsoft.DotNet.Interactive.App.dll)

# The tool opens an HTTP port for itself. Two kernels that start at once would take the same one, and one of them would die:
# each takes it from a range of its own.
spec=$kernels/.net-csharp
mkdir -p "$spec"
cat >"$spec/kernel.json.tmp" <<JSON
{
  "argv": [
    "bash", "-c",
    "p=\$((20000 + \$\$ % 200 * 50)); exec dotnet '$app' jupyter --default-kernel csharp \"\$0\" --http-port-range \$p-\$((p + 49))",
    "{connection_file}"
  ],
  "display_name": ".NET (C#)",
  "language": "C#",
  "env": { "DOTNET_INTERACTIVE_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1" },
  "metadata": { "dotnet-interactive": { "version": "$version" } }
}
JSON
mv "$spec/kernel.json.tmp" "$spec/kernel.json"
say "Installed .NET Interactive $version as $spec."
