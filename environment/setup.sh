# Sourced by the scripts beside it: goes to the repository's root, checks the .NET SDK, and gives the functions
# require_room, install_packages and build. Not to be run by itself.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }

# The SDK, NuGet and the cache of native libraries all want a home folder they can write to.
if [ -z "${HOME:-}" ]; then
    HOME=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6 || true)
fi
if [ -z "$HOME" ] || [ ! -d "$HOME" ] || [ ! -w "$HOME" ]; then
    HOME=$PWD/artifacts/home
    mkdir -p "$HOME"
fi
export HOME
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false

# Build servers would outlive the script and hold its output open, so that `test.sh | tee log` never ends.
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false

# The SDK itself stops where ICU is missing, unless told that it is not needed.
if ! ls /usr/lib*/libicuuc.so.* /usr/lib/*/libicuuc.so.* /usr/local/lib*/libicuuc.so.* >/dev/null 2>&1; then
    export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
fi

require_dotnet() {
    if ! command -v dotnet >/dev/null; then
        say "dotnet: not found on PATH; expected the .NET SDK 10.0 (10.0.100 or newer)." \
            "Install it from https://dotnet.microsoft.com/download/dotnet/10.0 and run this again."
        return 1
    fi
    local version
    # In this folder dotnet obeys global.json, so it fails where no SDK fits.
    if ! version=$(dotnet --version 2>/dev/null) || [[ $version != 10.0.* ]]; then
        say "dotnet: found SDK $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd, - || true);" \
            "expected 10.0.100 or newer within 10.0." \
            "Install it from https://dotnet.microsoft.com/download/dotnet/10.0 and run this again."
        return 1
    fi
}

# require_room MEGABYTES WHAT-FOR: on the disk of this folder.
require_room() {
    local free
    free=$(df -Pm . | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt "$1" ]; then
        say "$PWD: $free MB of disk free; expected $1 MB for $2. Make room and run this again."
        return 1
    fi
}

# install_packages WHAT-FOR PACKAGE...: Debian's names; says what to install where it cannot.
install_packages() {
    local purpose=$1 missing=() package
    shift
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "Not Debian or Ubuntu: nothing is installed. Wanted for $purpose, by their Debian names: $*"
        return 0
    fi
    for package in "$@"; do
        if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        say "Missing for $purpose: ${missing[*]}. To install: sudo apt-get install ${missing[*]}"
        return 0
    fi
    say "Installing for $purpose: ${missing[*]}"
    if ! { apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } </dev/null >&2; then
        say "Could not install. To install by hand: apt-get update && apt-get install ${missing[*]}"
    fi
}

build() { dotnet build -c Release -v q -nologo "$@" </dev/null; }
