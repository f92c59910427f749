#!/usr/bin/env bash
# The whole of it on phantoms: makes cohorts, trains, fits, evaluates beside baselines, screens a CT, writes a report.
# Needs the .NET SDK 10.0. Started again after an interruption it goes on; what is done is kept under artifacts/demo.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

seed=${DEMO_SEED:-2502}
training_cases=${DEMO_TRAINING_CASES:-48}
test_cases=${DEMO_TEST_CASES:-6}
calibration_cases=${DEMO_CALIBRATION_CASES:-12}
descriptor_steps=${DEMO_DESCRIPTOR_STEPS:-600}   # as many as 15 minutes on 2 processors allow
condition_steps=${DEMO_CONDITION_STEPS:-600}
lesion_steps=${DEMO_LESION_STEPS:-1600}
fit_steps=${DEMO_FIT_STEPS:-400}
extra_training=()   # arguments for every training stage, such as --options FILE
[ -z "${DEMO_TRAINING_OPTIONS:-}" ] || extra_training=(--options "$DEMO_TRAINING_OPTIONS")
extra_lesions=()
[ -z "${DEMO_LESION_OPTIONS:-}" ] || extra_lesions=(--options "$DEMO_LESION_OPTIONS")
extra_fit=()
[ -z "${DEMO_FIT_OPTIONS:-}" ] || extra_fit=(--options "$DEMO_FIT_OPTIONS")
shipped_model=${DEMO_SHIPPED_MODEL:-src/Screener.Cli/Models/quick.screener}   # evaluated too, where it is there
real_ct=${SCREENER_SHARED_CT:-../shared/ct}/lidc-idri-0314   # screened where it is there, otherwise a phantom
folder=${DEMO_FOLDER:-artifacts/demo}
training_part=0.6   # of the whole, for the forecast

cohorts=(lung-nodules ground-glass kidney-tumours liver-tumours)
program=src/Screener.Cli/bin/Release/net10.0/Screener.Cli.dll
mkdir -p "$folder/stages"
began=$SECONDS
stale=$folder/stages/stale       # there: a stage was not done, so that later ones must run
changed=$folder/stages/changed   # there: a stage's arguments changed, so that later ones must not go on with what they have
rm -f "$stale" "$changed"

# The most memory that process $1 ever had, in kB, to file $2, until it ends.
watch_memory() {
    while [ -r "/proc/$1/status" ]; do
        awk '/^VmHWM/ { print $2 }' "/proc/$1/status" >"$2.new" 2>/dev/null && [ -s "$2.new" ] && mv "$2.new" "$2"
        sleep 1
    done
    rm -f "$2.new"
}

# stage NAME FILES ARGUMENTS...: runs `screener ARGUMENTS` unless it is done. If its arguments or those of a stage
# before it changed, the FILES it would go on with (names with spaces between) are removed first.
stage() {
    local name=$1 files=$2 record=$folder/stages/$1 start=$SECONDS memory watcher
    shift 2
    if [ ! -f "$stale" ] && [ -f "$record.done" ] && [ "$(cat "$record.command")" = "$*" ]; then
        say "== $name: done before, $(cat "$record.done")"
        return
    fi
    : >"$stale"
    rm -f "$record.done"
    if [ -f "$record.command" ] && [ "$(cat "$record.command")" != "$*" ]; then
        : >"$changed"
    fi
    if [ -f "$changed" ]; then
        # shellcheck disable=SC2086 # The names are a list.
        rm -rf $files
    fi
    printf '%s' "$*" >"$record.command"
    say "== $name"
    rm -f "$record.pid" "$record.memory"
    (
        until [ -s "$record.pid" ]; do sleep 0.1; done
        watch_memory "$(cat "$record.pid")" "$record.memory"
    ) &
    watcher=$!
    # In the foreground, so that Ctrl-C reaches it and the bars move.
    if ! (echo "$BASHPID" >"$record.pid"; exec dotnet "$program" "$@") >"$record.out"; then
        wait "$watcher"
        say "== $name: failed after $((SECONDS - start)) s"
        return 1
    fi
    wait "$watcher"
    memory=$(cat "$record.memory" 2>/dev/null || echo 0)
    awk -v s=$((SECONDS - start)) -v kb="$memory" 'BEGIN { printf "%d s, peak memory %.1f GB\n", s, kb / 1e6 }' >"$record.done"
    say "== $name: $(cat "$record.done")"
}

require_dotnet
say "== build"
start=$SECONDS
build src/Screener.Cli >&2
say "== build: $((SECONDS - start)) s"

# The lesion network does not need the others: side by side with them, each on half of the processors.
half=$(($(nproc) / 2))
[ "$half" -ge 1 ] || half=1

# trained STEPS: the microseconds of that many steps of the descriptor, and of as many of the lesion network as go with them.
trained() {
    local began=${EPOCHREALTIME/[.,]/} running=()
    local lesions=$(($1 * lesion_steps / (descriptor_steps + condition_steps) + 1))
    rm -f "$folder/trial/"*.network*
    dotnet "$program" pretrain lesions --volumes "$folder/trial/lesions" --out "$folder/trial/lesions.network" \
        --steps "$lesions" --threads "$half" --quiet "${extra_lesions[@]}" >/dev/null &
    running+=($!)
    dotnet "$program" pretrain descriptor --volumes "$folder/trial/prepared" --out "$folder/trial/descriptor.network" --steps "$1" \
        --threads "$half" --quiet "${extra_training[@]}" >/dev/null &
    running+=($!)
    wait "${running[@]}"
    echo $((${EPOCHREALTIME/[.,]/} - began))
}

# Says how long all will take, from a few steps of the training. Its part of all is that of a run on two processors.
forecast() {
    local few many
    rm -rf "$folder/trial"
    dotnet "$program" phantom --out "$folder/trial/phantoms" --cohort train --cases 1 --quiet >/dev/null
    dotnet "$program" prepare "$folder/trial/phantoms/train" --out "$folder/trial/prepared" --profile quick --quiet >/dev/null
    dotnet "$program" prepare "$folder/trial/phantoms/train" --out "$folder/trial/lesions" --profile lesions --quiet >/dev/null
    few=$(trained 4)
    many=$(trained 16)
    rm -rf "$folder/trial"
    awk -v took=$((many - few)) -v steps=$((descriptor_steps + condition_steps)) -v part="$training_part" 'BEGIN {
        training = steps * took / 12 / 60e6
        printf "== all will take about %.0f minutes on this machine, %.0f of them training\n", training / part, training
    }' >&2
}
[ -f "$folder/stages/pretrain-descriptor.done" ] || forecast

phantoms=$folder/phantoms prepared=$folder/prepared model=$folder/quick-here.screener
stage phantom-training "" phantom --out "$phantoms" --cohort train --cases "$training_cases" --seed "$seed"
stage phantom-tests "" phantom --out "$phantoms" --cohort "${cohorts[@]}" --cases "$test_cases" --seed "$seed"
stage prepare "$prepared" prepare "$phantoms/train" --out "$prepared" --profile quick
stage prepare-lesions "$folder/prepared-lesions" prepare "$phantoms/train" --out "$folder/prepared-lesions" --profile lesions
# Only what runs in front shows its progress.
stage pretrain-lesions "$folder/lesions.network $folder/lesions.network.checkpoint" \
    pretrain lesions --volumes "$folder/prepared-lesions" --out "$folder/lesions.network" --steps "$lesion_steps" \
    --seed "$seed" --threads "$half" --quiet "${extra_lesions[@]}" &
lesions=$!
# A shell ignores Ctrl-C for what it runs in the background: tell it, so that it saves its state, and wait for it.
trap 'pkill -TERM -P "$lesions" 2>/dev/null; wait' INT TERM EXIT
stage pretrain-condition "$folder/condition.network $folder/condition.network.checkpoint" \
    pretrain condition --volumes "$prepared" --out "$folder/condition.network" --steps "$condition_steps" \
    --seed "$seed" --threads "$half" "${extra_training[@]}"
stage pretrain-descriptor "$folder/descriptor.network $folder/descriptor.network.checkpoint" \
    pretrain descriptor --volumes "$prepared" --out "$folder/descriptor.network" --steps "$descriptor_steps" \
    --seed "$seed" --threads "$half" "${extra_training[@]}"
wait "$lesions"
trap - INT TERM EXIT
stage fit "$folder/densities.screener $folder/densities.screener.checkpoint" \
    fit --descriptor "$folder/descriptor.network" --condition-model "$folder/condition.network" \
    --conditions none,sin-cos,masking-invariant --density gaussian --volumes "$prepared" --out "$folder/densities.screener" \
    --steps "$fit_steps" --seed "$seed" "${extra_fit[@]}"
# What is rare is told by phantoms that no network has seen.
stage phantom-others "" phantom --out "$folder/others" --cohort train --cases "$calibration_cases" --seed $((seed + 2))
stage ensemble "" ensemble "$folder/others/train" --model "$folder/densities.screener" --lesions "$folder/lesions.network" \
    --out "$model" --seed "$seed"

models=$model
if [ -f "$shipped_model" ]; then
    models=$shipped_model,$model
fi
stage evaluate "" evaluate --model "$models" --cohorts "$(printf "%s\n" "${cohorts[@]}" | sed "s|^|$phantoms/|" | paste -sd,)" \
    --train-cohort "$phantoms/train" --out "$folder/results.json" --pictures "$folder/pictures" --seed "$seed"

if [ -f "$real_ct/dicom.zip" ]; then
    screened=("$real_ct/dicom.zip")
    [ ! -f "$real_ct/053.xml" ] || screened+=(--annotations "$real_ct/053.xml")
else
    stage phantom-dicom "" phantom --out "$folder/dicom" --cohort lung-nodules --cases 1 --dicom --seed $((seed + 1))
    screened=("$folder/dicom/lung-nodules/case_000/dicom")
fi
stage screen "" screen "${screened[@]}" --model "$model" --out "$folder/map.nii.gz" --body "$folder/body.nii.gz" \
    --picture "$folder/screened.png" --json

for record in phantom-training phantom-tests prepare prepare-lesions pretrain-lesions pretrain-condition pretrain-descriptor fit \
    phantom-others ensemble evaluate screen; do
    printf '%s\t%s\n' "$record" "$(cat "$folder/stages/$record.done")"
done >"$folder/timings.txt"
histories=$folder/descriptor.network,$folder/condition.network,$folder/densities.screener.checkpoint
stage report "" report "$folder/results.json" --training "$histories" \
    --pictures "$folder/pictures" --screened "$folder/stages/screen.out" --timings "$folder/timings.txt" \
    --title "Screener: demonstration" --out "$folder/report.html"

echo
cat "$folder/stages/evaluate.out"
echo
cat "$folder/timings.txt"
echo
say "== all: $((SECONDS - began)) s"
echo "Report: $PWD/$folder/report.html"
