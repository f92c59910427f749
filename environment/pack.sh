#!/usr/bin/env bash
# Packs the library, its experiments, the phantoms, the reader of PyTorch weights and what notebooks need into artifacts/packages, and
# says in notebooks/nuget.config that they come from there:
#   environment/pack.sh [MSBUILD-OPTION...]      for example -p:TorchBackend=cuda-linux
# Their version is that of Directory.Build.props; the lessons ask for it and for no other.
set -euo pipefail
. "$(dirname "$0")/setup.sh"
require_dotnet

packages=$PWD/artifacts/packages
mkdir -p "$packages"
version=$(dotnet msbuild src/Screener.Interactive/Screener.Interactive.csproj -getProperty:Version -nologo "$@" </dev/null)
projects=(Screener Screener.Experiments Screener.Phantoms Screener.PyTorch Screener.Interactive)
for project in "${projects[@]}"; do
    dotnet pack "src/$project/$project.csproj" -c Release -v q -nologo -o "$packages" "$@" </dev/null
done

# NuGet never looks again at a version that it has in its cache.
cache=$(dotnet nuget locals global-packages --list </dev/null | sed 's/^global-packages: *//')
for project in "${projects[@]}"; do
    rm -rf "${cache:?}/${project,,}/${version:?}"
done

# Nor does the engine look again at what it once found behind a version, although that may need other packages by now.
for found in "$HOME"/.packagemanagement/nuget/Cache/*.resolvedReferences.paths; do
    if [ -f "$found" ] && grep -q "^Screener.Interactive,$version," "$found"; then
        rm -f "${found%.resolvedReferences.paths}".*
    fi
done

# No feed may bring a package of Screener's name. NuGet then wants to be told where all others come from: from every source of
# this machine, whatever it is called, unless somebody has said which packages it is for.
others() {
    ! dotnet nuget config get all </dev/null | grep -q '^packageSourceMapping:' || return 0
    DOTNET_CLI_UI_LANGUAGE=en dotnet nuget list source </dev/null |
        sed -n 's/^ *[0-9][0-9]*\.  *\(.*\) \[[A-Za-z]*\]$/\1/p' | grep -vx screener |
        sed 's/&/\&amp;/g; s/</\&lt;/g; s/"/\&quot;/g' |
        sed 's|.*|    <packageSource key="&">\n      <package pattern="*" />\n    </packageSource>|'
}
cat >notebooks/nuget.config <<XML
<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSources>
    <!-- Made by environment/pack.sh; it is searched beside the sources that are configured elsewhere. -->
    <add key="screener" value="../artifacts/packages" />
  </packageSources>
  <packageSourceMapping>
    <!-- Screener's packages come from there alone, everything else from the other sources, which environment/pack.sh names here. -->
    <packageSource key="screener">
      <package pattern="Screener*" />
    </packageSource>
$(others)
  </packageSourceMapping>
</configuration>
XML
# What restores for a notebook knows the sources of nuget.config but not which packages they are for. It never asks a source for what
# is in NuGet's cache, so the packages are put there now, by NuGet itself, which does know.
restore=artifacts/restore
mkdir -p "$restore"
sed 's|"../artifacts/packages"|"../packages"|' notebooks/nuget.config >"$restore/nuget.config"
for name in props targets; do
    echo '<Project />' >"$restore/Directory.Build.$name"
done
echo '<Project />' >"$restore/Directory.Packages.props"
cat >"$restore/restore.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="Screener.Interactive" Version="[$version]" /></ItemGroup>
</Project>
XML
dotnet restore "$restore/restore.csproj" -v q </dev/null
say "Packed version $version into $packages."
