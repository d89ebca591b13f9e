"""Writes type1.csv and type2.csv: two cell types learned on MNIST-1D as Choudhary et al. 2022 learn theirs.

    python learn.py             (needs torch, numpy and mnist1d; a few minutes on one core)

The scheme is first-order: a fresh 40-100-10 network is trained for five epochs with the types fixed, then the types take one step down
the gradient of its loss with the weights fixed. The authors' code of the paper differentiates through the whole training instead.
Inner: RMSProp with decay 0.8, squares starting at 1, rate 0.01, batches of 200. Outer: momentum 0.8, rate 0.4, gradients within +-0.1.
"""

import pathlib

import numpy
import torch
from mnist1d.data import get_dataset_args, make_dataset
from torch import nn

STEPS, EPOCHS, BATCH, HIDDEN, NOISE = 300, 5, 200, 100, 0.1
POINTS = torch.arange(-50, 51) / 10
FINE = torch.linspace(-20, 20, 8001)  # a type while its network trains: it is fixed then, and this is much faster


def noise(count):
    return NOISE * (2 * torch.rand(count) - 1)


def learned(g, x, shaken=True):
    """sin(x) + 0.2 g(x). The noise behind the tanh is one draw for all units, so for the output it is one number."""
    y = torch.sin(x) + 0.2 * g[1](torch.tanh(g[0](x.unsqueeze(-1)))).squeeze(-1)
    return y + 0.2 * (g[1].weight @ noise(50)) if shaken else y


def fixed(g):
    with torch.no_grad():
        y = learned(g, FINE, shaken=False)
    step = FINE[1] - FINE[0]

    def at(x):
        place = ((x - FINE[0]) / step).clamp(0, len(FINE) - 2)
        left = place.detach().long()
        with torch.no_grad():
            shift = 0.2 * (g[1].weight @ noise(50))
        return y[left] + (place - left) * (y[left + 1] - y[left]) + shift

    return at


def answer(net, types, x):
    parts = [sigma(part) for sigma, part in zip(types, net[0](x).chunk(len(types), dim=1))]
    return net[1](torch.cat(parts, dim=1) + noise(HIDDEN))


def train(types, x, y):
    net = nn.ModuleList([nn.Linear(40, HIDDEN), nn.Linear(HIDDEN, 10)])
    weights = list(net.parameters())
    squares = [torch.ones_like(w) for w in weights]
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            loss = nn.functional.cross_entropy(answer(net, types, x[batch]), y[batch])
            with torch.no_grad():
                for w, s, g in zip(weights, squares, torch.autograd.grad(loss, weights)):
                    s.mul_(0.8).add_(0.2 * g * g)
                    w.sub_(0.01 * g / (s.sqrt() + 1e-8))
    return net


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    data = make_dataset(get_dataset_args())
    x = torch.tensor(numpy.asarray(data["x"]), dtype=torch.float32)
    y = torch.tensor(numpy.asarray(data["y"]))
    types = nn.ModuleList([nn.ModuleList([nn.Linear(1, 50), nn.Linear(50, 1)]) for _ in range(2)])
    numbers = list(types.parameters())
    speeds = [torch.zeros_like(p) for p in numbers]
    for step in range(STEPS):
        net = train([fixed(g) for g in types], x, y)
        some = torch.randperm(len(x))[:1000]
        trained = [lambda part, g=g: learned(g, part) for g in types]
        loss = nn.functional.cross_entropy(answer(net, trained, x[some]), y[some])
        with torch.no_grad():
            for p, speed, g in zip(numbers, speeds, torch.autograd.grad(loss, numbers)):
                speed.mul_(0.8).add_(g.clamp(-0.1, 0.1))
                p.sub_(0.4 * speed)
        if step % 50 == 0 or step == STEPS - 1:
            print(step, round(loss.item(), 3), flush=True)
    for index, g in enumerate(types):
        with torch.no_grad():
            values = learned(g, POINTS, shaken=False)
        lines = ["x,y\n"] + [f"{a:.1f},{b:.4f}\n" for a, b in zip(POINTS.tolist(), values.tolist())]
        pathlib.Path(__file__).with_name(f"type{index + 1}.csv").write_text("".join(lines))


main()
