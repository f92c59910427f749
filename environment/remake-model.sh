#!/usr/bin/env bash
# Makes the model that comes with the program, src/Screener.Cli/Models/quick.screener, again:
#   environment/remake-model.sh FOLDER-OF-CTS [WORKING-FOLDER]
# The CTs are those that src/Screener.Cli/Models/CARD.md names. Densities are trained on phantoms, the lesion networks on phantoms and
# patients in equal parts; patients and other phantoms calibrate the whole, and one network is taught its map. Its parts sum to some
# 70 minutes on 2 idle processors with bfloat16 instructions; goes on where it was stopped. One thread a network: the thread count is
# part of what gives the same bits.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

patients=${1:?the folder of the CTs that src/Screener.Cli/Models/CARD.md names}
folder=${2:-artifacts/model}
seed=2502
lesion_seed=2026
steps=3600
fit_steps=800
lesion_steps=9000   # at 3 mm, small lesions count more
mass_steps=3000     # at 3 mm, masses among the lesions: an expert of its own
coarse_steps=4000   # at 5 mm, with larger lesions: an expert of its own, of half the width
distilled_steps=4000
program=src/Screener.Cli/bin/Release/net10.0/Screener.Cli.dll
require_dotnet
build src/Screener.Cli >&2

screener() { dotnet "$program" "$@"; }
train() { screener pretrain "$@" --threads 1 --precision bfloat16; }

# Runs a command on the other processor until "together" waits for it. What stops the script stops it as well, once the command in
# front has ended; Ctrl-C stops both at once.
beside() {
    "$@" &
    other=$!
    trap 'pkill -TERM -P "$other" 2>/dev/null || true; wait "$other" 2>/dev/null || true' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

together() {
    wait "$other"
    trap - INT TERM EXIT
}

train_lesions() { # NAME STEPS CTS [OPTION...]
    train lesions --volumes "$folder/$3-patients,$folder/$3-phantoms" --out "$folder/$1.network" --steps "$2" --seed "$lesion_seed" \
        --options "$folder/$1.json" "${@:4}"
}

# At 3 mm and at 5 mm.
networks_with_masses() {
    train_lesions masses "$mass_steps" lesions --quiet
    train_lesions coarse "$coarse_steps" coarse --quiet
}

screener phantom --out "$folder/phantoms" --cohort train --cases 96 --seed "$seed"
screener phantom --out "$folder/first" --cohort train --cases 48 --seed "$seed"
screener phantom --out "$folder/others" --cohort train --cases 24 --seed 4242
screener prepare "$folder/first/train" --out "$folder/prepared" --profile quick
screener prepare "$folder/phantoms/train" --out "$folder/lesions-phantoms" --profile lesions
screener prepare "$patients" --out "$folder/lesions-patients" --profile lesions
spacing='"targetSpacing": { "depth": 5, "height": 5, "width": 5 }'
echo "{ $spacing }" >"$folder/coarse-volumes.json"
cat >"$folder/coarse.json" <<END
{ "preprocessing": { $spacing }, "contrastDeviation": 0.15, "network": { "channels": [8, 16, 32, 64] }, "lesions": { "massShare": 0.4,
  "leastRadiusMm": 6, "mostRadiusMm": 40, "leastMassRadiusMm": 15, "mostMassRadiusMm": 80 } }
END
echo '{ "smallerCountMore": 1 }' >"$folder/lesions.json"
echo '{ "contrastDeviation": 0.15, "lesions": { "massShare": 0.3 } }' >"$folder/masses.json"
screener prepare "$folder/phantoms/train" --out "$folder/coarse-phantoms" --profile lesions --options "$folder/coarse-volumes.json"
screener prepare "$patients" --out "$folder/coarse-patients" --profile lesions --options "$folder/coarse-volumes.json"
beside train condition --volumes "$folder/prepared" --out "$folder/condition.network" --steps "$steps" --seed "$seed" --quiet
train descriptor --volumes "$folder/prepared" --out "$folder/descriptor.network" --steps "$steps" --seed "$seed"
together
screener fit --descriptor "$folder/descriptor.network" --condition-model "$folder/condition.network" --volumes "$folder/prepared" \
    --conditions none,sin-cos,masking-invariant --density gaussian --steps "$fit_steps" --seed "$seed" \
    --threads 2 --precision bfloat16 --out "$folder/base.screener"

beside networks_with_masses
train_lesions lesions "$lesion_steps" lesions
together
screener ensemble "$patients" "$folder/others/train" --model "$folder/base.screener" \
    --lesions "$folder/coarse.network,$folder/masses.network,$folder/lesions.network" --seed "$lesion_seed" \
    --threads 2 --precision bfloat16 --out "$folder/ensemble.screener"
screener distil "$patients" "$folder/others/train" --model "$folder/ensemble.screener" --steps "$distilled_steps" --seed "$seed" \
    --threads 1 --precision bfloat16 --out "$folder/quick.screener"
(cd "$folder" && sha256sum quick.screener >quick.screener.sha256)   # is compared whenever the model is loaded
say "Made $folder/quick.screener and its checksum"
