"""hetc beside PyTorch and JAX: parts of networks, training steps, a cold start and ten seeds; two threads, f32, median ms.

    cargo build --release
    python runtime/benches/beside.py          # needs torch and jax, and for some of PyTorch's ways g++ and clang++; about 25 minutes

Every measurement is a process of its own. Ours and all ways of the peers run in turn; ways that are 25 % slower than the best of the first
round are left out of later ones; the best counts. Peers get what makes them quick: memory that stays theirs (otherwise pages come anew in
every step), denormals flushed, Adam in one kernel, channels last, compilers. A measurement is repeated, twice at most, when other programs
took more than 8 % of the machine. The table goes to standard output, every measurement to a file of JSON lines.
"""
import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, strftime

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE / "peers"))
from shared import INNER, NETS, Others  # noqa: E402

QUIET, NEAR = 0.08, 1.25
LARGE, SMALL, MAPS = "64x64x32x32", "128x8x32x32", "32x120x16x16"
MLP = "net mlp(cells = relu) {\n    input 784\n" + "    dense 64\n    act cells\n" * 3 + "    dense 10\n}\n"


@dataclass
class Case:
    """Something that both sides can do."""

    name: str
    ours: tuple  # ("part", name in the bench) or (spec, net, settings)
    peers: str  # what peers/in_torch.py and peers/in_jax.py are told
    ways: list  # which of them, and its words
    flop: float = 0  # the least arithmetic
    bytes: float = 0  # the least traffic between memory and processor
    size: str = LARGE  # of the copy that traffic is compared with
    steps: int = 0  # for a whole process that does as many
    seeds: int = 0  # for ten such


def ways(text):
    """`torch slices,where -,fused_last` is four ways: `torch slices`, `torch slices fused last` and so on."""
    found = [[]]
    for words in text.split():
        found = [[*before, word] for before in found for word in words.split(",")]
    return [" ".join(word for word in words if word != "-").replace("_", " ") for words in found]


def train(name, peers, ours, how, **more):
    """A training step. Backward costs two forward passes; Adam reads four numbers for each parameter and writes three."""
    net, _, batch = peers.split()
    flop, bytes = (0, 0) if more else (6 * NETS[net].macs * int(batch), 28 * NETS[net].params)
    return Case(name, ours, f"train {peers}", sum(map(ways, how), []), flop, bytes, **more)


def cases(steps):
    """All of them, those that set the limits first. `steps`: from a cold start."""
    stick = "specs/sticknet8.net", "sticknet8", ""
    inner = ways("torch linear,conv eager,g++,clang")
    mixed = ways("torch slices,stack,where eager") + ways("torch slices,where g++,clang") + ways("jax where,stack again")
    return [
        *(Case(f"copying {sized(size)}", ("part", f"copy-{size}"), f"limit copy {size}", ["torch"]) for size in (LARGE, SMALL)),
        Case("multiplying matrices of 2048", (), "limit matrix 2048x2048", ["torch"]),
        *(Case(f"swish(7.5)|ptanh(1) {sized(size)}", ("part", f"act-{size}"), f"part mixed {size} both", mixed, 0, 20 * elements(size), size)
          for size in (LARGE, SMALL)),
        Case(f"window excitator 2x2 {sized(LARGE)}", ("part", f"window-{LARGE}"), f"part window {LARGE} both",
             ways("torch eager,g++,clang") + ways("jax again,keep"), 0, 20 * elements(LARGE)),
        Case(f"inner mlp[64,64] {sized(MAPS)}, forward", ("part", "inner-forward"), f"part inner {MAPS} forward", [*inner, "jax"],
             elements(MAPS) * INNER),
        Case(f"inner mlp[64,64] {sized(MAPS)}", ("part", "inner-both"), f"part inner {MAPS} both", inner + ways("jax again,keep"),
             3 * elements(MAPS) * INNER),
        Case("conv 256 3x3 [32,128,16,16]", ("part", "conv-both"), "part conv 32x128x16x16 both",
             ways("torch eager,last,last_clang") + ["jax keep"], 6 * 32 * 16 * 16 * 128 * 256 * 9),
        train("Sticknet8, ReLU, batch 128", "sticknet8 relu 128", (*stick[:2], "cells=relu"),
              ["torch eager,fused,fused_last,fused_last_g++,fused_last_clang", "jax"]),
        train("Sticknet8, mixed, batch 128", "sticknet8 mixed 128", stick,
              ["torch slices eager,fused", "torch slices,stack,where fused last", "torch slices,where fused last g++,clang", "jax where,stack"]),
        train("MLP 784-64-64-64-10, ReLU, batch 128", "mlp relu 128", ("mlp.net", "mlp", ""),
              ["torch eager,fused,fused_g++,fused_clang", "jax"]),
        train("Yoon's MLP of two arguments, batch 128", "yoon - 128", ("specs/yoon_mlp.net", "yoon_mnist_2", ""),
              ["torch linear eager,fused,fused_g++,fused_clang", "jax"]),
        train("learned diversity 40-100-10, batch 100", "diversity - 100", ("specs/learned_diversity.net", "learned_diversity", ""),
              ["torch loop,batched fused,fused_g++,fused_clang", "jax"]),
        train("VGG11 for CIFAR, mixed, batch 32", "vgg11 mixed 32", ("vgg11.net", "vgg11", ""),
              ["torch slices,stack fused,fused_last", "torch where fused clang", "jax where"]),
        train(f"Sticknet8, mixed: {steps} steps from a cold start", "sticknet8 mixed 128", stick,
              ["torch stack,where fused last", "torch where fused last clang -,cold", "jax where,stack"], steps=steps),
        train(f"Sticknet8, mixed: ten seeds, {2 * steps} steps each", "sticknet8 mixed 128", stick,
              ["torch stack,where fused last", "jax stack"], steps=2 * steps, seeds=10),
    ]


def elements(size):
    return math.prod(map(int, size.split("x")))


def sized(size):
    return f"[{size.replace('x', ',')}]"


def launch(commands, env):
    """Runs processes, two at a time: what the last has printed, the time of all and the load by others meanwhile."""

    def run(command):
        ran = subprocess.run(command, env=os.environ | env, cwd=ROOT, capture_output=True, text=True)
        if ran.returncode:
            raise RuntimeError(" ".join((ran.stderr or ran.stdout).split())[-300:])
        return ran.stdout

    others, begin = Others(), perf_counter()
    with ThreadPoolExecutor(2) as pool:
        printed = list(pool.map(run, commands))[-1]
    took = 1e3 * (perf_counter() - begin)
    return printed, {"ms": took, "min_ms": took, "times": 1, "others": others.part()}


def ours(case, args, folder):
    """hetc's time: of a step or a whole process by `hetc bench`, of a part by the engine's bench."""
    if case.ours[0] == "part":
        name, load = case.ours[1], {"others": None}
        printed, load = (args.parts.read_text(), load) if args.parts else launch([[parts(), "--bench", "--machine-readable", name]], {})
        times = dict((line.split("\t")[0], line.split("\t")[1:]) for line in printed.splitlines() if "\t" in line)[name]
        return load | {"ms": float(times[0]), "min_ms": float(times[1])}
    spec, net, settings = case.ours
    command = [args.hetc.resolve(), "bench", (ROOT if "/" in spec else folder) / spec, "--net", net, "--batch", case.peers.split()[-1]]
    command += ["--threads", args.threads] + (["--set", settings] if settings else [])
    command += ["--steps", case.steps] if case.steps else ["--seconds", args.seconds]
    command += ["--seeds", case.seeds] if case.seeds else []
    printed, whole = launch([list(map(str, command))], {})
    if case.steps:
        return whole | {"printed": printed}
    middle, least, _, count = re.search(r"training step +(\S+) +(\S+) +(\S+) +(\d+)", printed).groups()
    return whole | {"ms": float(middle), "min_ms": float(least), "times": int(count)}


def parts(built=[]):
    """The bench of the engine's parts, built when first asked for."""
    if not built:
        said, _ = launch([["cargo", "bench", "-p", "hetc-engine", "--bench", "parts", "--no-run", "--message-format=json"]], {})
        built += [made for made in (json.loads(line).get("executable") for line in said.splitlines() if '"parts"' in line) if made]
    return built[-1]


def theirs(case, way, args, folder):
    """A peer's time. With clang all of PyTorch gets its threads: two pools of threads would get in each other's way."""
    peer, *words = way.split()
    threads = "1" if case.seeds else str(args.threads)
    env = {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40),
           "MALLOC_TOP_PAD_": str(64 << 20), "CXX": "clang++" if "clang" in words else "g++"}
    env["TORCHINDUCTOR_CACHE_DIR"] = tempfile.mkdtemp(dir=folder) if "cold" in words else str(args.cache / env["CXX"])
    if "clang" in words:
        env["LD_PRELOAD"] = "libomp.so.5"
    length = f"{case.steps}x" if case.steps else str(args.seconds)
    command = [sys.executable, str(HERE / f"peers/in_{peer}.py"), case.peers, " ".join(words), length]
    printed, whole = launch([[*command, str(1 + seed)] for seed in range(case.seeds or 1)], env)
    return whole if case.steps else json.loads(printed.splitlines()[-1])


def compare(case, args, folder, write):
    """All rounds of a case: the measurements by who ran."""
    found, field = {}, (["hetc"] if case.ours else []) + case.ways
    for round in range(min(args.rounds, 2) if case.steps else args.rounds):
        for who in list(field)[::-1 if round % 2 else 1]:
            tries = []
            try:
                while not tries or len(tries) < args.tries and (tries[-1]["others"] or 0) > QUIET:
                    tries.append(ours(case, args, folder) if who == "hetc" else theirs(case, who, args, folder))
                times = min(tries, key=lambda times: times["others"] or 0)
                found.setdefault(who, []).append(times)
            except (RuntimeError, OSError, AttributeError, LookupError) as error:
                field.remove(who)
                times = {"error": f"{type(error).__name__}: {error}"}
            write({"case": case.name, "who": who, "round": round + 1, "tries": len(tries), **times})
        peers = {who: middle(found[who]) for who in field if who != "hetc"}
        field = [who for who in field if who == "hetc" or peers[who] <= NEAR * min(peers.values())]
    return found


def middle(runs):
    return median(run["ms"] for run in runs)


def summary(case, found, limits):
    """A case in a few numbers; `limits` learns from those that set one."""
    medians = {who: middle(runs) for who, runs in found.items()}
    everything, us = dict(medians), medians.pop("hetc", None)
    best = min(medians, key=medians.get, default=None)
    peer, limit = medians.get(best), None
    if case.peers.startswith("limit"):
        limits[case.peers.split()[2]] = min(everything.values(), default=math.nan)
    elif not case.steps:
        limit = case.flop / (2 * 2048**3) * limits["2048x2048"] + case.bytes / (8 * elements(case.size)) * limits[case.size]
    load = [run["others"] for who in ("hetc", best) for run in found.get(who, []) if run["others"] is not None]
    return {"case": case.name, "hetc": us, "peer": peer, "which": best, "ratio": peer / us if us and peer else None, "limit": limit,
            "others": max(load, default=None), "all": everything}


def shown(value):
    return "–" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hetc", type=Path, default=ROOT / "target/release/hetc", help="the program, built with --release")
    parser.add_argument("--parts", type=Path, metavar="FILE", help="what the bench `parts` has printed, in place of running it")
    parser.add_argument("--only", default="", metavar="REGEX", help="only cases with such a name, and the limits")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long a measurement takes, about")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="one short round, nothing repeated: to see that it works")
    parser.add_argument("--out", type=Path, default=ROOT / "target/beside.jsonl", help="the file of JSON lines")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "hetc-beside", help="what torch.compile has compiled")
    args = parser.parse_args()
    args.tries, steps = 3, 100
    if args.quick:
        args.rounds, args.seconds, args.tries, steps = 1, 0.1, 1, 3
    limits, rows = {}, []
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, args.out.open("w") as out:
        folder = Path(folder)
        (folder / "mlp.net").write_text(MLP)
        vgg11 = re.sub(r"    (pool avg|expect) .*\n", "", (ROOT / "specs/vgg11.net").read_text())  # 32x32 images have no 7x7 to pool
        (folder / "vgg11.net").write_text(vgg11)

        def write(line):
            print(json.dumps(line), file=out, flush=True)
            print(", ".join(f"{key} {value}" for key, value in line.items() if key not in ("all", "printed")), file=sys.stderr)

        versions = subprocess.run([sys.executable, "-c", "import jax, torch; print(torch.__version__, jax.__version__)"], capture_output=True)
        write({"when": strftime("%F %T"), "cpus": os.cpu_count(), "threads": args.threads, "torch, jax": versions.stdout.decode().strip()})
        for case in cases(steps):
            if case.peers.startswith("limit") or re.search(args.only, case.name):
                rows.append(summary(case, compare(case, args, folder, write), limits))
                write(rows[-1])
    print("| ms | hetc | best peer | which | peer / hetc | limit | load by others |\n|---|---|---|---|---|---|---|")
    for row in rows:
        numbers = shown(row["hetc"]), shown(row["peer"]), row["which"] or "–", shown(row["ratio"]), shown(row["limit"])
        print("|", " | ".join([row["case"], *numbers, "–" if row["others"] is None else f"{row['others']:.0%}"]), "|")


if __name__ == "__main__":
    main()
