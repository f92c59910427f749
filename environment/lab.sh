#!/usr/bin/env bash
# Opens the notebooks: installs Jupyter where it is missing, packs the library for the notebooks, installs .NET Interactive and
# Screener's own C# kernel, and starts Jupyter. Arguments go to Jupyter, for example: environment/lab.sh --port 9000
#   environment/lab.sh --check     does everything but start it
#   environment/lab.sh --start     only starts it
# SCREENER_TORCH_BACKEND=cuda-linux builds for an NVIDIA GPU. Needs the .NET SDK 10.0. Without a display no browser is opened; the
# address is printed either way.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

only=
case "${1:-}" in
    --check | --start)
        only=$1
        shift
        ;;
esac

require_dotnet
install_packages "the notebooks" jupyter-notebook
if ! command -v jupyter >/dev/null; then
    say "jupyter: not found on PATH; expected Jupyter Notebook or JupyterLab." \
        "Install it (apt-get install jupyter-notebook, or pip install notebook) and run this again."
    exit 1
fi

if [ "$only" != --start ]; then
    say "== package"
    environment/pack.sh ${SCREENER_TORCH_BACKEND:+"-p:TorchBackend=$SCREENER_TORCH_BACKEND"} >&2
    say "== kernels"
    environment/interactive.sh ||
        say "Without .NET Interactive choose the kernel 'C# (Screener)' when Jupyter asks for one."
    environment/screener kernel install >&2
fi
if [ "$only" = --check ]; then
    say "== ready: environment/lab.sh --start opens the notebooks."
    exit 0
fi

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
