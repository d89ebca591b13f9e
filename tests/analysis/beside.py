"""Trains four small networks with hetc, lets `hetc analyze` look into them, and asks PyTorch the same from the exported weights.

    python tests/analysis/beside.py HETC DATA [--autoattack FOLDER] [--only NAME] [--all]

HETC is the binary, DATA a folder with `mnist` and `cifar10` (or `cifar-10-batches-bin`) as hetc reads them, FOLDER a copy of
fra31/auto-attack; without it attacks are left out. Prints the worst of each kind of quantity (`--all`: every one) and exits with 1 if a
difference is beyond what is allowed. PyTorch computes in 64 bits, but for the attacks.

Made with python 3.11, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0, PyPI mnist1d 0.0.2.post1 and torchattacks 3.5.1,
fra31/auto-attack at a392200.
"""
import argparse
import gzip
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from fractions import Fraction

import numpy as np
import torch
from safetensors.torch import load_file

import nets
from numbers_of import functions, hessian, participation

SAMPLES, ATTACKED = 203, 100
CURVED = {"smooth": 200, "kinked": 200, "maps": 16}
ROWS = []


def row(where, kind, own, theirs, allowed, relative=False):
    """Notes one number of both; `allowed` is a part of the larger magnitude if `relative`; None: not judged."""
    gap = abs(own - theirs) / (max(abs(own), abs(theirs), 1e-12) if relative else 1)
    ROWS.append((where, kind, own, theirs, gap, allowed))


def balanced(labels, count, classes=10):
    """hetc's choice: as many of each class as of every other, by numpy's RandomState(0), in rising order."""
    random, chosen = np.random.RandomState(0), []
    for label in range(classes):
        own = np.flatnonzero(labels == label)
        chosen.extend(own[random.permutation(len(own))[: count // classes + (label < count % classes)]])
    return np.sort(chosen)


def test_split(name, data):
    """Samples (bytes, or numbers) and labels of a test split."""
    if name in ("smooth", "kinked"):
        from mnist1d.data import get_dataset_args, make_dataset
        made = make_dataset(get_dataset_args())
        return made["x_test"].astype(np.float32), made["y_test"]
    if name == "inner":
        read = lambda file, skip: np.frombuffer(gzip.open(data / "mnist" / file).read(), np.uint8)[skip:]
        return read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28), read("t10k-labels-idx1-ubyte.gz", 8).astype(int)
    lines = np.fromfile(next(data.rglob("test_batch.bin")), np.uint8).reshape(-1, 3073)
    return lines[:, 1:].reshape(-1, 3, 32, 32), lines[:, 0].astype(int)


def hetc(binary, data, folder, *words):
    done = subprocess.run([binary, *words], cwd=folder, env={**os.environ, "HETC_DATA": str(data)}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"hetc {' '.join(words)}\n{done.stderr}")


def findings(folder, run, measure):
    text = (folder / run / "analysis" / f"{measure}.json").read_text()
    return {(own["network"], own["seed"]): own["finding"] for own in json.loads(text)["findings"][0]["trainings"]}


def look(net, found, where):
    """Dimensions, and cells at work."""
    net.ask()
    for layer in found["participation"]:
        for side in ("before", "after"):
            own, values = layer[side], getattr(net, side)[layer["layer"]]
            overall, within = participation(values.flatten(1).detach().numpy(), net.labels.numpy())
            if own is None:
                row(where, "layers that do not vary", 0, overall is not None, 0)
                continue
            row(where, f"participation ratio {side}", own["ratio"], overall, 1e-5, True)
            row(where, f"within classes {side}", own["within"], within, 1e-5, True)
    team = found["cells"]
    row(where, "accuracy", team["score"], net.accuracy(), 0)
    seen = net.shares()
    for own, ours in zip(team["types"], seen, strict=True):
        assert (own["layer"], own["cell"]) == (ours["layer"], ours["cell"])
        row(where, "dead units", own["dead"], ours["dead"], 0)
        row(where, "answers that are 0", own["off"], ours["off"], 1e-3)
        if own["flat"] is not None:
            row(where, "flat answers", own["flat"], ours["flat"], 2e-3)
        row(where, "slopes before", own["slope_before"], ours["slope_before"], 1e-5, True)
        row(where, "slopes after", own["slope_after"], ours["slope_after"], 1e-5, True)
        if own["without"] is not None:
            row(where, "accuracy without a share", own["without"], net.accuracy([ours]), 0)
    row(where, "types with a flat share", sum(own["flat"] is not None for own in team["types"]), sum(o["args"] == 1 for o in seen), 0)
    for cell, score in team["overall"]:
        row(where, "accuracy without a type", score, net.accuracy([own for own in seen if own["cell"] == cell]), 0)


def curvature(net, own, where):
    """The Hessian, by derivatives on both sides."""
    net.take(CURVED[net.name])
    row(where, "loss", own["loss"], float(net.loss()), 1e-5, True)
    ours = hessian(net)
    row(where, "trained numbers", own["params"], len(ours), 0)
    if own["exact"]:
        row(where, "trace", own["trace"], ours.sum(), 1e-9, True)
    else:
        row(where, "trace by probes, in standard errors", own["trace"] / own["trace_error"], ours.sum() / own["trace_error"], 4)
    nodes = [np.array(run["at"]) for run in own["spectra"]]
    allowed = 1e-9 if own["exact"] else 1e-4
    row(where, "largest eigenvalue", max(at.max() for at in nodes), ours.max(), allowed, True)
    row(where, "smallest eigenvalue", min(at.min() for at in nodes), ours.min(), allowed, True)
    for threshold, share in own["near_zero"]:
        if threshold >= 1e-4:
            exact = np.mean(np.abs(ours) < threshold * np.abs(ours).max())
            row(where, "share near zero" if own["exact"] else "share near zero, from quadratures", share, exact, 0.01 if own["exact"] else 0.1)
    if own["exact"]:
        row(where, "sum of eigenvalues", nodes[0].sum(), ours.sum(), 1e-9, True)
        row(where, "eigenvalues, in parts of the largest", 0, np.abs(nodes[0] - ours).max() / ours.max(), 1e-9)


def learned(net, found, where):
    """Learned functions: where they are asked, what they are, which quadratic is near."""
    ours = functions(net)
    for own in found:
        cell = own["cell"]
        theirs = ours[cell]
        row(where, "questions asked", own["asked"], theirs["asked"], 0)
        row(where, "questions beyond the grid", own["beyond"], theirs["beyond"], 1e-3)
        row(where, "values on the grid", 0, np.abs(np.array(own["values"]) - theirs["values"]).max(), 1e-5)
        if (own["fit"] is None) != (theirs["fit"] is None):
            row(where, "fits that there are", own["fit"] is not None, theirs["fit"] is not None, 0)
        if theirs["density"] is not None:
            row(where, "density (sum of differences)", 0, np.abs(np.array(own["density"]) - theirs["density"]).sum(), 2e-3)
        if own["fit"] is None or theirs["fit"] is None:
            continue
        fit, other = own["fit"], theirs["fit"]
        size = np.abs(other["coefficients"]).max()
        gap = np.abs(np.array(fit["coefficients"]) - other["coefficients"]).max() / size
        row(where, f"coefficients, {own['inputs']} values, in parts of the largest", 0, gap, 1e-3)
        row(where, f"curvature, {own['inputs']} values", fit["curvature"], other["curvature"], 1e-2, True)
        row(where, "curvatures along own axes", 0, np.abs(np.array(fit["axes"]) - other["axes"]).max() / size, 1e-3)
        row(where, "variance explained", fit["r2"], other["r2"], 1e-3)
        row(where, "one less the cosine", fit["cosine"], other["cosine"], 1e-3)


def attacked(net, own, where, attack, norm, radius):
    """Robust accuracies, which differ by what attacks draw: as far from the mean of the reference's seeds as one more may be."""
    from attacks_of import SEEDS, left
    net.take(ATTACKED)
    names = [name for name, _ in own["after"]]
    draws = range(SEEDS[attack])
    runs = np.array([left(net.pixels(), net.bytes, net.labels, names, norm, radius, seed) for seed in draws])
    row(where, "accuracy of the attacked", own["clean"], runs[0, 0], 0)
    for turn, (_, part) in enumerate(own["after"], 1):
        after, kind = runs[:, turn], f"accuracy after {', '.join(names[:turn])}"
        allowed = 1 / ATTACKED + 1e-9 + 3 * after.std(ddof=1) * np.sqrt(1 + 1 / len(after))
        row(where, kind, part, after.mean(), allowed)
        row(where, f"{kind}: the reference's least and most", after.min(), after.max(), None)


def attacks(options, folder, name, network):
    if options.autoattack is None or name not in nets.RADII:
        return
    sys.path.insert(0, options.autoattack)
    run, seen = f"runs/{name}-001", ["--what", "attacks", "--samples", str(SAMPLES), "--attacked", str(ATTACKED)]
    for (norm, radius), attack in itertools.product(nets.RADII[name], nets.ATTACKS):
        words = ["--attack", attack, "--norm", norm.lower(), "--radius", radius]
        hetc(options.hetc, options.data, folder, "analyze", run, *seen, *words)
        for (title, seed), own in findings(folder, run, "attacks").items():
            if own["clean"] > 0.2:  # not right by chance
                attacked(network(title, seed), own, f"{title}, {norm} {radius}, {attack}", attack, norm, float(Fraction(radius)))


def check(options, folder, name):
    (folder / f"{name}.net").write_text(nets.SPECS[name])
    (folder / f"{name}.toml").write_text(nets.RUNS[name])
    run = f"runs/{name}-001"
    hetc(options.hetc, options.data, folder, "train", f"{name}.net")
    measures = ["participation", "cells"] + {"smooth": ["hessian"], "kinked": ["hessian"], "maps": ["hessian"], "inner": ["functions"]}[name]
    words = ["--what", ",".join(measures), "--samples", str(SAMPLES), "--hessian-samples", str(CURVED.get(name, 1))]
    words += ["--exact", "0", "--runs", "3"] if name == "maps" else []
    hetc(options.hetc, options.data, folder, "analyze", run, *words)
    x, y = test_split(name, options.data)
    chosen = balanced(y, SAMPLES)
    found = {measure: findings(folder, run, measure) for measure in measures}

    def network(title, seed):
        to = f"{name}-{title}-{seed}.safetensors".replace(" ", "-")
        if not (folder / to).exists():
            hetc(options.hetc, options.data, folder, "export", run, "--net", title, "--seed", str(seed), "--to", to)
        return nets.Net(name, title, load_file(folder / to), x[chosen], y[chosen])

    for title, seed in found["cells"]:
        where, own = f"{title} {seed}", {measure: found[measure][(title, seed)] for measure in measures}
        look(network(title, seed), own, where)
        if "hessian" in own and seed == 1:  # the whole Hessian by autograd takes its time
            curvature(network(title, seed), own["hessian"], where)
        if "functions" in own:
            learned(network(title, seed), own["functions"], where)
    attacks(options, folder, name, network)


def table(every):
    rows = ROWS
    if not every:
        worst = {}
        for own in ROWS:
            key, badness = own[:2], (own[4], abs(own[2]))
            if key not in worst or not (worst[key][4], abs(worst[key][2])) >= badness:
                worst[key] = own
        rows = worst.values()
    print("| network | quantity | hetc | PyTorch | difference | allowed |\n|---|---|--:|--:|--:|--:|")
    for where, kind, own, theirs, gap, allowed in rows:
        told = "" if allowed is None else f"{allowed:g}"
        print(f"| {where} | {kind} | {float(own):.6g} | {float(theirs):.6g} | {gap:.2g} | {told} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hetc", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("data", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--autoattack")
    parser.add_argument("--only", choices=nets.SPECS, action="append")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only or nets.SPECS:
            check(options, pathlib.Path(folder), name)
    table(options.all)
    beyond = [own for own in ROWS if own[5] is not None and not own[4] <= own[5]]
    print(f"\n{len(ROWS)} numbers compared, {len(beyond)} beyond what is allowed")
    for own in beyond:
        print("beyond:", *own)
    sys.exit(1 if beyond else 0)


if __name__ == "__main__":
    main()
