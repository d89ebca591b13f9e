"""Writes attacks.json, what reference implementations do to a small network; tests/attacks.rs holds src/attack against it.

Made with python 3.11, numpy 2.4.6, torch 2.15.0, torchattacks 3.5.1 (PGD), and fra31/auto-attack at a392200 (the others), whose
folder is the only argument.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torchattacks

sys.path.insert(0, sys.argv[1])
from autoattack import AutoAttack
from autoattack.autopgd_base import APGDAttack, APGDAttack_targeted
from autoattack.fab_projections import projection_l2, projection_linf
from autoattack.fab_pt import FABAttack_PT
from autoattack.square import SquareAttack

SHAPE, HIDDEN, CLASSES, POINTS = (3, 5, 5), 24, 5, 200
RADIUS = {"Linf": 0.06, "L2": 0.4}
torch.manual_seed(0)
torch.set_num_threads(1)


def points():
    """Blobs around five centres, as whole 255ths."""
    rng = np.random.default_rng(1)
    centres = rng.uniform(0.2, 0.8, (CLASSES, 75))
    labels = rng.integers(0, CLASSES, POINTS)
    x = np.clip(centres[labels] * 0.5 + 0.25 + rng.normal(0, 0.17, (POINTS, 75)), 0, 1)
    return np.round(x * 255).astype(int), labels


class Exact(torch.nn.Module):
    """Between 32-bit numbers outside, as the references want them, 64-bit arithmetic inside."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x.double()).float()


def network(x, y):
    """75-24-24-5 with tanh, trained for a while, its weights rounded."""
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(75, HIDDEN), torch.nn.Tanh(),
                              torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, CLASSES)).double()
    optimiser = torch.optim.Adam(net.parameters(), 0.01, weight_decay=1e-3)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x.double()), y).backward()
        optimiser.step()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_((parameter * 1e4).round() / 1e4)
    return Exact(net.eval())


def broken(net, x, y):
    with torch.no_grad():
        return (net(x).argmax(1) != y).int().tolist()


def pgd(net, x, y, norm, radius):
    """Broken at any of the steps: those broken after 0, 1, … 12 of them, together."""
    make = torchattacks.PGD if norm == "Linf" else torchattacks.PGDL2
    runs = [broken(net, x, y)]
    for steps in range(1, 13):
        runs.append(broken(net, make(net, eps=radius, alpha=radius / 5, steps=steps, random_start=False)(x, y), y))
    return np.max(runs, axis=0).tolist()


def apgd(net, x, y, norm, radius, loss):
    """From the samples themselves: the step after which each is broken first, -1 where it never is."""
    answers = []

    def watched(point):
        logits = net(point)
        answers.append(logits.argmax(1) != y)
        return logits

    attack = APGDAttack(watched, n_iter=40, norm=norm, eps=radius, loss=loss, device="cpu")
    attack.init_hyperparam(x)
    attack.attack_single_run(x, y, x_init=x)
    wrong = torch.stack(answers).int()
    return torch.where(wrong.any(0), wrong.argmax(0), -1).tolist()


def apgd_targeted(net, x, y, norm, radius):
    attack = APGDAttack_targeted(net, n_iter=40, norm=norm, eps=radius, n_target_classes=4, device="cpu")
    attack.init_hyperparam(x)
    result = torch.zeros(len(x), dtype=torch.bool)
    for target in range(2, 6):
        attack.y_target = net(x).sort(dim=1)[1][:, -target]
        result |= ~attack.attack_single_run(x, y, x_init=x)[1].bool()
    return result.int().tolist()


def fab(net, x, y, norm, targeted):
    """The lengths of the perturbations found, 0 where there is none; targeted at the likeliest wrong class."""
    attack = FABAttack_PT(net, norm=norm, n_iter=30, eps=10.0, n_target_classes=4, device="cpu")
    attack.target_class = 2
    change = attack.attack_single_run(x, y, is_targeted=targeted) - x
    length = change.flatten(1).abs().amax(1) if norm == "Linf" else change.flatten(1).norm(dim=1)
    return [round(float(value), 7) for value in length]


def square(net, x, y, norm, radius):
    """Robust accuracies under three seeds, at twice the radius. Windows may touch the last row and column, as the paper has it."""
    accuracies = []
    for seed in range(3):
        attack = SquareAttack(net, norm=norm, n_queries=300, eps=2 * radius, seed=seed, device="cpu", resc_schedule=False)
        attack.random_int = lambda low, high: (low + (high - low + 1) * torch.rand(1)).long()
        accuracies.append(1 - float(np.mean(broken(net, attack.perturb(x, y), y))))
    return accuracies


def standard(net, x, y, norm, radius):
    """The robust accuracy, of all samples, under the whole ensemble, with 300 queries of Square."""
    attack = AutoAttack(net, norm=norm, eps=radius, seed=0, verbose=False, device="cpu")
    attack.square.n_queries, attack.fab.n_target_classes, attack.apgd_targeted.n_target_classes = 300, 4, 4
    return 1 - float(np.mean(broken(net, attack.run_standard_evaluation(x, y), y)))


def projections():
    """Onto hyperplanes near and far, in the box."""
    rng = np.random.default_rng(2)
    cases = []
    for index in range(24):
        x, w = rng.uniform(0, 1, 6).round(3), rng.normal(0, 1, 6).round(3)
        w[index % 6] *= index % 2
        b = round(float(w @ x + [0.05, -0.3, 1.0, -6.0][index % 4]), 4)
        ask = [torch.tensor(v)[None] for v in (x, w)] + [torch.tensor([b])]
        both = {norm: run(*[a.clone() for a in ask])[0].tolist() for norm, run in [("Linf", projection_linf), ("L2", projection_l2)]}
        cases.append({"x": x.tolist(), "w": w.tolist(), "b": b, **both})
    return cases


def main():
    raw, labels = points()
    x = torch.tensor(raw.astype(np.float32) / np.float32(255)).reshape(-1, *SHAPE)
    net = network(x, torch.tensor(labels))
    labels[:10] = (labels[:10] + 1) % CLASSES
    y = torch.tensor(labels)
    right = [i for i, wrong in enumerate(broken(net, x, y)) if not wrong]
    good, truth = x[right], y[right]
    result = {"points": raw.tolist(), "labels": labels.tolist(), "right": right, "projections": projections(), "radius": RADIUS,
              "layers": [{"weight": layer.weight.tolist(), "bias": layer.bias.tolist()} for layer in net.net if hasattr(layer, "weight")]}
    for norm, radius in RADIUS.items():
        result[norm] = {
            "pgd": pgd(net, good, truth, norm, radius),
            "apgd-ce": apgd(net, good, truth, norm, radius, "ce"),
            "apgd-dlr": apgd(net, good, truth, norm, radius, "dlr"),
            "apgd-t": apgd_targeted(net, good, truth, norm, radius),
            "fab": fab(net, good, truth, norm, False),
            "fab-t": fab(net, good, truth, norm, True),
            "square": square(net, good, truth, norm, radius),
            "standard": standard(net, x, y, norm, radius),
        }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
