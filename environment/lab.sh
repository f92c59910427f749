#!/usr/bin/env bash
# Opens the notebooks: installs Jupyter where it is missing, builds, packs the library for the notebooks, installs the C#
# kernel, and starts Jupyter. Arguments go to Jupyter, for example: environment/lab.sh --port 9000
#   environment/lab.sh --check     does everything but start it
# SCREENER_TORCH_BACKEND=cuda-linux packs the library for an NVIDIA GPU. Needs the .NET SDK 10.0. Without a display no
# browser is opened; the address is printed either way.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

check=
if [ "${1:-}" = --check ]; then
    check=1
    shift
fi

require_dotnet
install_packages "the notebooks" jupyter-notebook
if ! command -v jupyter >/dev/null; then
    say "jupyter: not found on PATH; expected Jupyter Notebook or JupyterLab." \
        "Install it (apt-get install jupyter-notebook, or pip install notebook) and run this again."
    exit 1
fi

say "== build"
build src/Screener.Cli >&2
say "== package"
environment/pack.sh ${SCREENER_TORCH_BACKEND:+"-p:TorchBackend=$SCREENER_TORCH_BACKEND"} >&2
say "== kernel"
environment/screener kernel install >&2
[ -z "$check" ] || { say "== ready: environment/lab.sh opens the notebooks."; exit 0; }

options=()
if [ "$(id -u)" = 0 ]; then
    options+=(--allow-root)
fi
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "$(uname)" = Linux ]; then
    options+=(--no-browser)
fi
cd notebooks
if jupyter notebook --version >/dev/null 2>&1; then
    exec jupyter notebook "${options[@]}" "$@"
fi
exec jupyter lab "${options[@]}" "$@"
