#!/bin/bash
# A sweep through a real Slurm on this machine; see README.md. As root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
hetc=$(realpath "${1:-$here/../../target/debug/hetc}")
work=$(mktemp -d)
host=$(hostname -s)

fail() {
    echo "failed: $1" >&2
    tail -n 20 "$work"/log/*.log "$work"/project/sweeps/grid/slurm/*.log >&2 2>/dev/null || true
    exit 1
}

# Waits up to $1 seconds until the rest of the arguments, a command, succeeds.
await() {
    local left=$1
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || fail "waited in vain for: $*"
        sleep 1
    done
}

stop() {
    for name in slurmd slurmctld munged; do
        [ -f "$work/$name.pid" ] && kill "$(cat "$work/$name.pid")" 2>/dev/null || true
    done
}
trap stop EXIT

install() {
    command -v sbatch munged slurmd slurmctld >/dev/null && return
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q slurm-wlm munge
}

start() {
    mkdir -p "$work"/{log,state,spool,munge}
    chown munge: "$work/munge" && chmod 711 "$work" && chmod 755 "$work/munge"
    [ -f /etc/munge/munge.key ] || /usr/sbin/mungekey --create
    runuser -u munge -- munged --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
        --log-file="$work/munge/log" --seed-file="$work/munge/seed"
    cp "$work/munge/pid" "$work/munged.pid"
    cat >"$work/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd.log
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
KillWait=5
MinJobAge=300
NodeName=$host CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF=$work/slurm.conf
    slurmctld
    slurmd
    await 60 bash -c 'sinfo -h -o %T | grep -q idle'
}

project() {
    mkdir "$work/project" && cd "$work/project"
    cat >small.net <<'NET'
net small(cells = sin|relu) {
    input 40
    dense 64
    act cells
    dense 10
}
NET
    cat >small.toml <<'RUN'
[data]
set = "mnist1d"
[train]
epochs = 40
batch = 50
checkpoint_seconds = 0.2
[optimiser]
kind = "adam"
lr = 0.01
RUN
    cat >grid.toml <<'SWEEP'
[sweep]
spec = "small.net"
seeds = 2
[net]
cells = { pairs = ["sin", "tanh", "relu"] }
[slurm]
cpus = 1
time = "0:10:00"
tasks = 2
SWEEP
}

over() { find sweeps/grid/points -name result.json -path '*/seed-?/*' | wc -l; }
some_over() { [ "$(over)" -ge 2 ]; }
all_over() { [ "$(over)" -eq 12 ]; }
queue_empty() { [ -z "$(squeue -h)" ]; }
weights() { (cd "$1/points" && find . -name model.safetensors -path '*/seed-?/*' -exec sha256sum {} + | sort -k 2); }

install
start
project
"$hetc" sweep run grid.toml --out alone

echo "— submit, and kill a task with everything in it"
"$hetc" sweep submit grid.toml --slurm
job=$(tail -n 1 sweeps/grid/slurm/jobs.txt)
await 120 some_over
"$hetc" sweep status sweeps/grid
scancel --signal=KILL --full "${job}_0"
await 300 queue_empty
"$hetc" sweep status sweeps/grid
echo "after the kill: $(over) of 12 are over"

echo "— the same with all tasks, then what is left again"
rm -r sweeps
"$hetc" sweep submit grid.toml --slurm
job=$(tail -n 1 sweeps/grid/slurm/jobs.txt)
await 120 some_over
scancel --signal=KILL --full "$job"
await 60 queue_empty
all_over && fail "the kill came too late"
"$hetc" sweep status sweeps/grid
"$hetc" sweep submit --slurm --retry sweeps/grid
await 300 all_over
await 60 queue_empty
"$hetc" sweep status sweeps/grid
"$hetc" sweep collect sweeps/grid

[ "$(weights sweeps/grid)" = "$(weights alone)" ] || fail "the weights are not those of one process"
[ "$(wc -l <sweeps/grid/results.csv)" -eq 13 ] || fail "results.csv has not one line a training"
find sweeps/grid/points -name '*.claim-2' | grep -q . || fail "nothing was taken over"
echo passed
