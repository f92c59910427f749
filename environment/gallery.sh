#!/usr/bin/env bash
# Runs all notebooks without a browser and writes them as HTML pages that need nothing else, with an index:
#   environment/gallery.sh [--full] [NOTEBOOK...]     artifacts/gallery/index.html
# Fewer steps and patients than the lessons ask for, and each page says so; --full takes the lessons' own, and about an hour.
# Needs the .NET SDK 10.0. What the lessons make is kept in artifacts/lessons, so a second run is shorter.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

full=
[ "${1:-}" != --full ] || { full=yes; shift; }
if [ -z "$full" ]; then
    export SCREENER_DESCRIPTOR_STEPS=${SCREENER_DESCRIPTOR_STEPS:-50} SCREENER_CONDITION_STEPS=${SCREENER_CONDITION_STEPS:-50}
    export SCREENER_FIT_STEPS=${SCREENER_FIT_STEPS:-25} SCREENER_TRAINING_CASES=${SCREENER_TRAINING_CASES:-8}
    export SCREENER_TEST_CASES=${SCREENER_TEST_CASES:-1}
fi
gallery=${GALLERY_FOLDER:-artifacts/gallery}
require_dotnet
say "== build"
build src/Screener.Cli >&2
say "== package"
environment/pack.sh >&2

notebooks=("$@")
[ ${#notebooks[@]} -gt 0 ] || notebooks=(notebooks/[0-9][0-9]-*.ipynb notebooks/*.md)
mkdir -p "$gallery"
status=0
environment/screener notebook run "${notebooks[@]}" --out "$gallery" || status=$?
for page in "$gallery"/*.html; do
    [ "$(wc -c <"$page")" -le 8000000 ] || { say "$page: more than 8 MB"; status=1; }
done

# The index says only what the pages themselves say: their first heading.
{
    cat <<'HTML'
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Screener: notebooks</title>
<style>body { font: 16px/1.6 system-ui, sans-serif; max-width: 46em; margin: 3em auto; padding: 0 1em; color-scheme: light dark; }
li { margin: .4em 0; list-style: none; }</style>
</head>
<body>
<h1>Screener: notebooks</h1>
<p>Executed on the C# kernel that comes with Screener. The pages need no network.</p>
<ul>
HTML
    for page in "$gallery"/[0-9][0-9]-*.html; do
        [ -f "$page" ] || continue
        title=$(sed -n 's|.*<title>\(.*\)</title>.*|\1|p' "$page" | head -1)
        printf '<li><a href="%s">%s</a></li>\n' "$(basename "$page")" "$title"
    done
    [ ! -f "$gallery/GLOSSARY.html" ] || printf '<li><a href="GLOSSARY.html">Glossary</a></li>\n'
    printf '</ul>\n</body>\n</html>\n'
} >"$gallery/index.html.tmp"
mv "$gallery/index.html.tmp" "$gallery/index.html"
echo "Gallery: $(realpath "$gallery")/index.html"
exit "$status"
