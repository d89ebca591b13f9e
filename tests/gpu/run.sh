#!/bin/sh
# Everything that wants a GPU: builds with CUDA, compares with the CPU, measures; PyTorch beside it if it is there.
#
#   tests/gpu/run.sh             # on a machine with an NVIDIA GPU
#   tests/gpu/run.sh cpu         # the same on the CPU, small: checks the suite itself, and needs no feature
#
#   tests/gpu/run.sh cuda        # fails where there is none
#
# Without a CUDA device it says "skipped: no CUDA device". HETC_BUILD is for arguments of cargo: `--config tests/gpu/no-llvm.toml --offline`.
# HETC_BINARIES, a folder with gpu_suite and gpu_bench, is for programs that were built elsewhere.
set -eu
cd "$(dirname "$0")/../.."
device=${1:-cuda}

if [ "$device" = cpu ]; then
    features="" seconds=0 batch=2
else
    features="--features cuda" seconds=5 batch=128
    if ! nvidia-smi -L; then
        echo "skipped: no CUDA device"
        [ $# -eq 0 ] # whoever names a device wants it used
        exit
    fi
fi

if [ -n "${HETC_BINARIES:-}" ]; then
    binaries=$HETC_BINARIES
else
    cp Cargo.lock Cargo.lock.kept # a stand-in for a dependency changes it
    trap 'mv Cargo.lock.kept Cargo.lock' EXIT
    # shellcheck disable=SC2086 # both are lists of words
    cargo build --release -p hetc-runtime --example gpu_suite --example gpu_bench $features ${HETC_BUILD:-}
    binaries=${CARGO_TARGET_DIR:-target}/release/examples
fi

"$binaries/gpu_suite" "$device" specs
"$binaries/gpu_bench" "$device" "$seconds" "$batch"
if python3 -c "import torch" 2>/dev/null; then
    python3 tests/gpu/peer.py "$device" "$seconds" "$batch"
else
    echo "skipped: PyTorch is not here"
fi
