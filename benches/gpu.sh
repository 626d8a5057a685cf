#!/usr/bin/env bash
# Parity and timing on a machine with a GPU, in one command, into one table. In: a checkout on a machine that can build
# (`benches/gpu.sh pack` there makes gpu-bench.tar), or that archive unpacked on one that has a GPU and no Rust
# (`./gpu.sh`). Out: the parity tests on every device there is, then the table and what was wanted beside what was taken.
# Exit code 0: every kernel agrees, everything was taken and holds; 1: a kernel does not agree; 2: nothing to run; 3: not
# everything could be taken here; 4: something taken does not hold.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

pack() {
    cd "$here/.."
    local profile="${SCARCITY_BENCH_PROFILE:-release}" built bench tests scratch
    # One profile for both; `executable` is in cargo's own messages.
    built="$(cargo test --profile "$profile" --workspace --bench kernels --test engine --no-run --message-format json)"
    executable() { # KIND NAME
        awk -v kind="\"kind\":[\"$1\"]" -v name="\"name\":\"$2\"" 'index($0, kind) && index($0, name)' <<<"$built" |
            sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1
    }
    bench="$(executable bench kernels)"
    tests="$(executable test engine)"
    scratch="$(mktemp -d)"
    mkdir -p "$scratch/gpu-bench/engine" "$scratch/gpu-bench/cache"
    cp "$bench" "$scratch/gpu-bench/kernels"
    cp "$tests" "$scratch/gpu-bench/parity"
    cp -r shaders "$scratch/gpu-bench/"
    cp benches/gpu.sh "$scratch/gpu-bench/gpu.sh"
    # With NVIDIA's compiler in the library path here, the other machine needs only the driver.
    XDG_CACHE_HOME="$scratch/gpu-bench/cache" "$bench" --compile
    tar -C "$scratch" -cf gpu-bench.tar gpu-bench
    rm -rf "$scratch"
    echo "gpu-bench.tar: unpack it on the machine with the GPU and run gpu-bench/gpu.sh"
}

if [[ "${1:-}" == pack ]]; then
    pack
    exit 0
fi

cd "$here"
if [[ ! -x ./parity ]]; then
    echo "run \`benches/gpu.sh pack\` first, and this inside the unpacked archive" >&2
    exit 2
fi
# A missing compiler is as good as a filled cache.
export XDG_CACHE_HOME="${XDG_CACHE_HOME:-$here/cache}"
if nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,clocks.max.memory --format=csv,noheader 2>/dev/null; then
    # A device that is there must not be passed over.
    export SCARCITY_REQUIRE="${SCARCITY_REQUIRE:-cuda}"
else
    echo "no NVIDIA GPU answers here: what needs one is marked as not taken, and the exit code is 3"
fi
status=0
(cd engine && ../parity compute::) || status=1
./kernels --targets || { taken=$?; [[ "$status" != 0 ]] || status=$taken; }
exit "$status"
