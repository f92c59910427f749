#!/usr/bin/env bash
# A real Slurm of two nodes on this machine (Debian's slurm-wlm and munge, as root): screens a cohort of phantoms as an array, then runs a
# small grid of ablations; each time it kills a node in the middle, requeues what ran there, merges, and compares with the undivided run.
#   apt-get install -y slurm-wlm munge
#   environment/slurm-test.sh [folder]        (about ten minutes on two cores; the folder, artifacts/slurm if not given, is made anew)
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in slurmctld slurmd sbatch munged; do
    command -v "$tool" > /dev/null || { echo "$tool is not here: apt-get install -y slurm-wlm munge" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "run it as root: the daemons want to be" >&2; exit 2; }

work=$(realpath -m "${1:-artifacts/slurm}")
rm -rf "$work"
mkdir -p "$work"/{state,spool-a,spool-b,log}
screener=${SCREENER:-$PWD/environment/screener}
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
}
trap stop EXIT

echo "== Slurm"
export SLURM_CONF=$work/slurm.conf
host=$(hostname -s)
cat > "$SLURM_CONF" <<CONF
ClusterName=screener
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/state
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmdSpoolDir=$work/spool-%n
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/slurmd-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CryptoType=crypto/munge
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmdTimeout=15
KillWait=5
NodeName=a NodeHostname=$host NodeAddr=127.0.0.1 Port=17001 CPUs=1 RealMemory=2000
NodeName=b NodeHostname=$host NodeAddr=127.0.0.1 Port=17002 CPUs=1 RealMemory=2000
PartitionName=all Nodes=a,b Default=YES MaxTime=INFINITE State=UP
CONF
dd if=/dev/urandom of="$work/munge.key" bs=1024 count=1 status=none
chmod 700 "$work" "$work/state"
chmod 400 "$work/munge.key"
munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
    --log-file="$work/log/munged" --seed-file="$work/munge.seed" &
pids+=($!)
sleep 2
slurmctld -D > "$work/log/slurmctld.out" 2>&1 &
pids+=($!)
slurmd -D -N a > "$work/log/slurmd-a.out" 2>&1 &
node=$!
pids+=("$node")
slurmd -D -N b > "$work/log/slurmd-b.out" 2>&1 &
pids+=($!)
for _ in $(seq 60); do
    [ "$(sinfo -h -o %T 2> /dev/null | sort -u)" = idle ] && break
    sleep 1
done
sinfo -N -l

# Whether a process is one that carries out a job's step on node a: is_step_of_a /proc/NUMBER
is_step_of_a() {
    { tr '\0' ' ' < "$1/cmdline"; } 2> /dev/null | grep -q '^slurmstepd' \
        && find "$1/cwd" "$1/fd" -maxdepth 1 -lname "$work/spool-a*" 2> /dev/null | grep -q .
}

# Submits a script and lets node a die as soon as there is a file: on_two_nodes SCRIPT FOLDER NAME
on_two_nodes() {
    sed -i 's/--mem=[0-9]*G/--mem=900M/; s/--cpus-per-task=2/--cpus-per-task=1/' "$1"    # these nodes are small
    (cd "$work/log" && SCREENER=$screener bash "$1")
    for _ in $(seq 1200); do
        [ -n "$(find "$2" -name "$3" -print -quit 2> /dev/null)" ] && [ -n "$(squeue -h -w a -t R -o %i)" ] && break
        sleep 0.5
    done
    squeue -l
    local on_a
    on_a=$(squeue -h -w a -o %i | head -1)
    [ -n "$on_a" ] || { echo "nothing runs on node a: there is nothing to kill" >&2; exit 1; }
    echo "== node a dies, and $on_a with it"
    # What the node runs dies with it, as it would if the machine had lost its power: all stop before the first is killed, so that none
    # lives to tell that another has died.
    local lost=("$node") process
    for process in /proc/[0-9]*; do
        { [ -r "$process/environ" ] && grep -qzxF "SLURM_CONF=$SLURM_CONF" "$process/environ"; } 2> /dev/null || continue
        if grep -qzxF SLURMD_NODENAME=a "$process/environ" 2> /dev/null || is_step_of_a "$process"; then
            lost+=("${process#/proc/}")
        fi
    done
    kill -STOP "${lost[@]}" 2> /dev/null || true
    kill -9 "${lost[@]}" 2> /dev/null || true
    scontrol update NodeName=a State=DOWN Reason=killed
    sleep 2
    scontrol requeue "$on_a" 2> /dev/null || echo "Slurm has requeued $on_a by itself"
    squeue -l
    slurmd -D -N a > "$work/log/slurmd-a-again.out" 2>&1 &
    node=$!
    pids+=("$node")
    sleep 5
    scontrol update NodeName=a State=RESUME 2> /dev/null || true
    while [ -n "$(squeue -h)" ]; do
        sleep 3
    done
}

echo "== one screening of all"
"$screener" phantom --out "$work/phantoms" --cohort lung-nodules --cases "${CASES:-8}" --quiet
cts=$work/phantoms/lung-nodules
"$screener" screen "$cts" --out "$work/whole/" --threads 1 --quiet || [ $? = 3 ]

echo "== the same on two nodes"
"$screener" cluster slurm screen "$cts" --out "$work/parts" --cases 8 --parts 4 > "$work/screen.sh"
on_two_nodes "$work/screen.sh" "$work/parts" findings.json
tail -n 2 "$work"/log/screen-merge-*.log
diff -r "$work/whole" "$work/parts"
echo "== the same bytes as one screening of all"

echo "== a grid of ablations, undivided"
"$screener" phantom --out "$work/phantoms" --cohort train --cases 4 --quiet
network='{"network": {"channels": [8, 16], "depths": [1, 1], "descriptorChannels": 8}, "projector": {"width": 128}, "volumesPerBatch": 2,
    "preprocessing": {"targetSpacing": {"depth": 6, "height": 6, "width": 6}},
    "crops": {"patchShape": {"depth": 16, "height": 16, "width": 16}, "positionsPerPair": 24},
    "mask": {"blockShape": {"depth": 4, "height": 4, "width": 4}}, "optimisation": {"steps": 40}}'
fitting='{"cropsPerBatch": 2, "patchShape": {"depth": 32, "height": 32, "width": 32}, "gaussian": {"hiddenChannels": 8, "layers": 2},
    "glow": {"blocks": 2, "hiddenChannels": 8}, "optimisation": {"steps": 200}}'
cat > "$work/grid.json" <<GRID
{
  "name": "small", "profile": "quick", "design": "Full", "trainingData": ["$work/phantoms/train"],
  "testData": ["$work/phantoms/lung-nodules"],
  "descriptors": [{"name": "VICReg-8", "options": $network}],
  "conditions": [{"name": "none", "kind": "None"}, {"name": "masking-invariant", "kind": "MaskingInvariant", "options": $network}],
  "densities": [{"name": "Gaussian", "kind": "Gaussian", "options": $fitting}, {"name": "Glow", "kind": "Glow", "options": $fitting}],
  "networkSeeds": [2502], "densitySeeds": [1, 2], "windowsPerVolume": 3, "overlap": 0,
  "evaluation": {"bootstrapReplicates": 40, "samplesPerCase": 0, "intervalBins": 64, "curvePoints": 16}, "seed": 2502
}
GRID
"$screener" ablate "$work/grid.json" --output "$work/undivided" --threads 1 --quiet

echo "== the same on two nodes"
"$screener" cluster slurm ablate "$work/grid.json" --out "$work/divided" --parts 4 > "$work/ablate.sh"
on_two_nodes "$work/ablate.sh" "$work/divided/cells" '*.json'
tail -n 2 "$work"/log/ablate-merge-*.log
cmp "$work/undivided/comparison.json" "$work/divided/comparison.json"
echo "== the same comparison as the undivided run"
