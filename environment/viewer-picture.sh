#!/usr/bin/env bash
# Makes the README's picture of the viewer, environment/readme/viewer.png, from the page of lesson 00:
#   SCREENER_SHARED_CT=none environment/gallery.sh notebooks/00-quickstart.ipynb && environment/viewer-picture.sh
# Needs Chromium. SCREENER_SHARED_CT=none shows the phantom, whoever runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

page=${1:-artifacts/gallery/00-quickstart.html}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The cell that shows the map, without its code.
{
    echo '<!DOCTYPE html><meta charset="utf-8"><style>body { margin: 0; background: #0d1117; } .source, .count { display: none; }</style>'
    awk 'BEGIN { RS = "<section class=\"code\">" } /patient\.Lesions, map/ { print }' "$page"
} >"$folder/viewer.html"
"${SCREENER_CHROMIUM:-/usr/bin/chromium}" --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-sync \
    --user-data-dir="$folder/profile" --hide-scrollbars --window-size=960,540 --virtual-time-budget=10000 \
    --screenshot="$PWD/environment/readme/viewer.png" "file://$folder/viewer.html" 2>/dev/null
echo "Wrote environment/readme/viewer.png"
