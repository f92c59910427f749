#!/usr/bin/env bash
# Makes the model that comes with the program, src/Screener.Cli/Models/quick.screener, again: the Quick profile trained three
# times as long as the demonstration does, on the same phantoms and seed. Half an hour on 2 idle processors; goes on where it
# was stopped. One thread a network: the thread count is part of what gives the same bits.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

folder=${1:-artifacts/model}
seed=2502
steps=3600
fit_steps=800
program=src/Screener.Cli/bin/Release/net10.0/Screener.Cli.dll
require_dotnet
build src/Screener.Cli >&2

screener() { dotnet "$program" "$@" --seed "$seed"; }
screener phantom --out "$folder/phantoms" --cohort train --cases 48
screener prepare "$folder/phantoms/train" --out "$folder/prepared" --profile quick
screener pretrain condition --volumes "$folder/prepared" --out "$folder/condition.network" \
    --steps "$steps" --threads 1 --precision bfloat16 --quiet &
condition=$!
trap 'pkill -TERM -P "$condition" 2>/dev/null; wait' INT TERM EXIT
screener pretrain descriptor --volumes "$folder/prepared" --out "$folder/descriptor.network" \
    --steps "$steps" --threads 1 --precision bfloat16
wait "$condition"
trap - INT TERM EXIT
screener fit --descriptor "$folder/descriptor.network" --condition-model "$folder/condition.network" --volumes "$folder/prepared" \
    --conditions none,sin-cos,masking-invariant --density gaussian --steps "$fit_steps" --threads 2 --precision bfloat16 \
    --out "$folder/quick.screener"
(cd "$folder" && sha256sum quick.screener >quick.screener.sha256)   # is compared whenever the model is loaded
say "Made $folder/quick.screener and its checksum"
