"""The cases of ../beside.py in PyTorch: python in_torch.py CASE WAY LENGTH [SEED].

The words of a way say how functions are written (`slices`, `stack`, `where`, `linear`, `conv`, `loop`, `batched`) and how it runs: `fused`
(Adam in one kernel), `last` (channels last), `g++` and `clang` (torch.compile). Denormals are flushed: training meets them, hetc flushes them.
"""
import os
import sys
import torch
from torch import nn
from torch.nn import functional as F
from shared import NETS, report


class Of(nn.Module):
    """A layer that has no weights."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


def mixed(way):
    """swish(7.5) on even channels, ptanh(1) on odd ones."""
    swish, ptanh = lambda x: x * torch.sigmoid(7.5 * x), lambda x: (torch.tanh(x) + torch.tanh(1.0 * x)) / 2

    def slices(x):
        y = torch.empty_like(x)
        y[:, 0::2], y[:, 1::2] = swish(x[:, 0::2]), ptanh(x[:, 1::2])
        return y

    def where(x):
        even = torch.arange(x.shape[1]) % 2 == 0
        return torch.where(even.view(-1, *[1] * (x.dim() - 2)), swish(x), ptanh(x))

    return Of(where if "where" in way else slices if "slices" in way else lambda x: torch.stack(
        [swish(x[:, 0::2]), ptanh(x[:, 1::2])], 2).flatten(1, 2))


def window(x):
    """Excitator, windows of 2x2: what is positive lifts those that are not, and those weaken it."""
    corners = [x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    lift, silent = sum(0.25 * corner.relu() for corner in corners), sum((corner <= 0).to(x.dtype) for corner in corners)
    a, b, c, d = (torch.relu(torch.where(corner <= 0, corner + lift, corner * (1 - 0.125 * silent))) for corner in corners)
    return torch.stack([torch.stack([a, b], -1).flatten(-2), torch.stack([c, d], -1).flatten(-2)], 3).flatten(2, 3)


class Inner(nn.Module):
    """A learned function of two neighbouring channels, 2-64-64-1 with ReLU: the same for all pairs and places."""

    def __init__(self, way):
        super().__init__()
        self.maps = "conv" in way
        layer = (lambda a, b: nn.Conv2d(a, b, 1)) if self.maps else nn.Linear
        self.net = nn.Sequential(layer(2, 64), nn.ReLU(), layer(64, 64), nn.ReLU(), layer(64, 1))

    def forward(self, x):
        n, c, *places = x.shape
        if self.maps:
            return self.net(x.view(n * c // 2, 2, *places)).view(n, c // 2, *places)
        return self.net(x.view(n, c // 2, 2, *places).movedim(2, -1)).squeeze(-1)


class Diversity(nn.Module):
    """Two learned types, a half of the units each: sin(x) + 0.2 g(x), where g is 1-50-1 with tanh. Then noise, one draw a unit."""

    def __init__(self, way):
        super().__init__()
        self.loop = "loop" in way
        if self.loop:
            self.nets = nn.ModuleList(nn.Sequential(nn.Linear(1, 50), nn.Tanh(), nn.Linear(50, 1)) for _ in range(2))
        else:
            self.into, self.lift, self.out = (nn.Parameter(torch.randn(2, 1, 50)) for _ in range(3))
            self.end = nn.Parameter(torch.randn(2, 1))

    def forward(self, x):
        if self.loop:
            g = torch.cat([net(half.unsqueeze(-1)).squeeze(-1) for net, half in zip(self.nets, x.chunk(2, 1))], 1)
        else:
            g = ((torch.tanh(x.view(-1, 2, 50, 1) * self.into + self.lift) * self.out).sum(-1) + self.end).flatten(1)
        return torch.sin(x) + 0.2 * g + torch.empty_like(x[0]).uniform_(-0.1, 0.1)


def network(net, cells, way):
    layers, inner, x = [], Inner(way), torch.zeros(2, *net.shape)
    for name, *width in map(str.split, net.layers.split(", ")):
        layers.append({
            "dense": lambda: nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), int(*width))),
            "conv": lambda: nn.Conv2d(x.shape[1], int(*width), 3, padding=1),
            "act": lambda: nn.ReLU() if cells == "relu" else mixed(way),
            "pool": lambda: nn.MaxPool2d(2),
            "seven": lambda: nn.AdaptiveAvgPool2d(7),
            "drop": lambda: nn.Dropout(0.5),
            "norm": lambda: nn.LayerNorm(x.shape[1:], elementwise_affine=False),
            "inner": lambda: inner,
            "diversity": lambda: Diversity(way),
        }[name]())
        x = layers[-1](x)
    return nn.Sequential(*layers)


def place(thing, way):
    return thing.to(memory_format=torch.channels_last) if "last" in way else thing


def compiled(function, way):
    return torch.compile(function) if {"g++", "clang"} & set(way) else function


def train(name, cells, batch, way):
    """A step of training on one batch."""
    net = place(network(NETS[name], cells, way), way)
    assert sum(weights.numel() for weights in net.parameters()) == NETS[name].params
    x, labels = place(torch.randn(int(batch), *NETS[name].shape), way), torch.randint(10, (int(batch),))
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused="fused" in way)
    loss = compiled(lambda x, labels: F.cross_entropy(net(x), labels), way)

    def step():
        adam.zero_grad()
        loss(x, labels).backward()
        adam.step()

    return step


def part(name, shape, passes, way):
    """One layer: its answer, and with `both` the gradients of its input and weights too."""
    layer = {"mixed": lambda: mixed(way), "window": lambda: Of(window), "inner": lambda: Inner(way),
             "conv": lambda: nn.Conv2d(128, 256, 3, padding=1)}[name]()
    layer, x = place(layer, way), place(torch.randn(*map(int, shape.split("x"))), way)
    run = compiled(layer, way)
    if passes == "forward":
        return torch.no_grad()(lambda: run(x))
    sought, upstream = [x.requires_grad_(), *layer.parameters()], torch.randn_like(layer(x))

    def both():
        y = run(x)
        return y, *torch.autograd.grad(y, sought, upstream)

    return both


def limit(name, size, way):
    """What nothing can beat: moving the same bytes, multiplying matrices."""
    x, y, z = torch.randn(3, *map(int, size.split("x")))
    return (lambda: torch.mm(x, y, out=z)) if name == "matrix" else lambda: y.copy_(x)


def main(case, way, length, seed="1"):
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.set_flush_denormal(True)
    torch.manual_seed(int(seed))
    kind, *of = case.split()
    report({"train": train, "part": part, "limit": limit}[kind](*of, way.split()), length)


if __name__ == "__main__":
    main(*sys.argv[1:])
