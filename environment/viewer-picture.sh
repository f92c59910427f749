#!/usr/bin/env bash
# Makes the README's picture of the viewer, environment/readme/viewer.png, from the page of lesson 00:
#   SCREENER_SHARED_CT=none environment/gallery.sh notebooks/00-quickstart.ipynb && environment/viewer-picture.sh
# Needs Chromium. SCREENER_SHARED_CT=none shows the phantom, whoever runs it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

page=${1:-artifacts/gallery/00-quickstart.html}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The cell that shows the map, without its code, and nothing else of the page, which holds what the viewer shows.
awk 'BEGIN { RS = "<section class=\"code\">" }
    { printf "%s%s%s", (NR > 1 ? RS : ""), ($0 ~ /patient\.Lesions, map/ ? "<i class=\"shown\"></i>" : ""), $0 }' \
    "$page" >"$folder/viewer.html"
cat >>"$folder/viewer.html" <<'HTML'
<style>
body, main { margin: 0; padding: 0; max-width: none; background: #0d1117; }
section:not(:has(> .shown)), .source, .count { display: none; }
section { margin: 0; padding: 0; max-width: none; }
</style>
HTML
"${SCREENER_CHROMIUM:-/usr/bin/chromium}" --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-sync \
    --user-data-dir="$folder/profile" --hide-scrollbars --window-size=960,650 --virtual-time-budget=10000 \
    --screenshot="$PWD/environment/readme/viewer.png" "file://$folder/viewer.html" 2>/dev/null
echo "Wrote environment/readme/viewer.png"
