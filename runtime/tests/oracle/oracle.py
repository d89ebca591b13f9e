"""Writes oracle.json: forward values, gradients, running statistics and optimiser steps as PyTorch computes them in f64.

Run with any PyTorch (made with 2.15), in this folder: python -P oracle.py. The networks are those of tests/layers.rs, case by case; parameters are flat
lists in plan order. Numbers that go in are exact f32.
"""
import json
import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(7)


def draw(*shape, scale=1.0):
    return (torch.randn(*shape, generator=generator, dtype=torch.float32) * scale).to(torch.float64)


def numbers(tensor):
    return [float("%.9g" % value) for value in tensor.detach().reshape(-1).tolist()]


class Cells(nn.Module):
    """Each element through the function that `share` (a flat list over one sample) says."""

    def __init__(self, functions, share):
        super().__init__()
        self.functions, self.share = functions, share

    def forward(self, x):
        flat = x.reshape(x.shape[0], -1)
        columns = [self.functions[s](flat[:, i]) for i, s in enumerate(self.share)]
        return torch.stack(columns, 1).reshape(x.shape)


class Layer(nn.Module):
    """Layer norm over a whole sample."""

    def __init__(self, shape, affine):
        super().__init__()
        self.norm = nn.LayerNorm(shape, eps=1e-5, elementwise_affine=affine)

    def forward(self, x):
        return self.norm(x)


def swish(x):
    return x * torch.sigmoid(7.5 * x)


class Add(nn.Module):
    """The sum of what two stacks of layers make of the same value."""

    def __init__(self, first, second=()):
        super().__init__()
        self.first, self.second = nn.Sequential(*first), nn.Sequential(*second)

    def forward(self, x):
        return self.first(x) + self.second(x)


class Gate(nn.Module):
    """A value times what a stack of layers makes of it."""

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x * self.layers(x)


class Concat(nn.Module):
    """What several stacks of layers make of the same value, one after the other."""

    def __init__(self, *stacks):
        super().__init__()
        self.stacks = nn.ModuleList(nn.Sequential(*stack) for stack in stacks)

    def forward(self, x):
        return torch.cat([stack(x) for stack in self.stacks], 1)


class Response(nn.LocalResponseNorm):
    """Also over the units of a vector."""

    def forward(self, x):
        return super().forward(x) if x.dim() > 2 else super().forward(x.unsqueeze(-1)).squeeze(-1)


class Function(nn.Module):
    """A perceptron from `inputs` numbers to one, on the last axis."""

    def __init__(self, inputs, hidden, activation):
        super().__init__()
        widths = [inputs, *hidden, 1]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))
        self.activation = activation

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x).squeeze(-1)


class Grouped(nn.Module):
    """Every `args` consecutive units as the values of one; `share` says, unit by unit, which of the functions they go to."""

    def __init__(self, functions, args, share):
        super().__init__()
        self.functions, self.args, self.share = list(functions), args, share  # a list: functions are shared, not owned

    def forward(self, x):
        values = [x[:, first::self.args] for first in range(self.args)]
        units = [self.functions[s](torch.stack([value[:, u] for value in values], -1)) for u, s in enumerate(self.share)]
        return torch.stack(units, 1)


class Prelu(nn.Module):
    """What is below 0 times a trained number; `place`, a flat list over one sample, says which of them."""

    def __init__(self, slopes, place):
        super().__init__()
        self.slopes, self.place = nn.Parameter(torch.zeros(slopes)), torch.tensor(place)

    def forward(self, x):
        return x.clamp(min=0) + self.slopes[self.place].reshape(x.shape[1:]) * x.clamp(max=0)


class Choose(nn.Module):
    """Several layers, and for each element of a sample (`share`, a flat list) the one whose answer counts."""

    def __init__(self, layers, share):
        super().__init__()
        self.layers, self.share = nn.ModuleList(layers), torch.tensor(share)

    def forward(self, x):
        answers = torch.stack([layer(x) for layer in self.layers], 0)
        return answers.gather(0, self.share.reshape(1, 1, *x.shape[1:]).expand(1, *x.shape)).squeeze(0)


class Plain(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Windows(nn.Module):
    """A function of each window's elements (on the last axis), which answers all of them; a vector is a map of one row."""

    def __init__(self, height, width, function):
        super().__init__()
        self.height, self.width, self.function = height, width, function

    def forward(self, x):
        maps = x if x.dim() == 4 else x[:, None, None, :]
        rows = []
        for top in range(0, maps.shape[2], self.height):
            row = []
            for left in range(0, maps.shape[3], self.width):
                window = maps[:, :, top:top + self.height, left:left + self.width]
                row.append(self.function(window.flatten(2)).reshape(window.shape))
            rows.append(torch.cat(row, 3))
        return torch.cat(rows, 2).reshape(x.shape)


class Nelu(nn.Module):
    """With one trained number."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return torch.tanh(x + self.a * x.clamp(max=0).sum(-1, keepdim=True) + x.amin(-1, keepdim=True))


def maxrelu(x):
    return torch.where(x == x.amax(-1, keepdim=True), x.relu(), 0.0)


def glu(x):
    return x[..., 0] * torch.sigmoid(x[..., 1])


POINTS = torch.tensor([[-1.0, 0.5], [0.0, 0.0], [2.0, 1.0]])


def lookup(x):
    """`sin(x)` and the points' function."""
    segment = torch.bucketize(x.detach(), POINTS[1:-1, 0], right=True)
    (x0, y0), (x1, y1) = POINTS[segment].unbind(-1), POINTS[segment + 1].unbind(-1)
    return torch.sin(x) + y0 + (x - x0) * (y1 - y0) / (x1 - x0)


relu, tanh = torch.relu, torch.tanh
two, one, other = Function(2, [5, 4], torch.tanh), Function(1, [4], torch.relu), Function(2, [3], torch.tanh)
whole = Prelu(1, [0])  # one number for the whole network
interleave = lambda units, positions, shares: [u % shares for u in range(units) for _ in range(positions)]
block = lambda units, positions: [int(u >= units // 2) for u in range(units) for _ in range(positions)]
checkerboard = lambda c, h, w: [(col - row) % 2 for _ in range(c) for row in range(h) for col in range(w)]

CASES = {
    "conv": ([3, 6, 7], [
        nn.Conv2d(3, 4, (3, 2), padding=(1, 0), stride=(2, 1)),
        nn.Conv2d(4, 6, 3, padding=1, groups=2),
        nn.Flatten(), nn.Linear(108, 3)]),
    "max_pool": ([2, 7, 7], [
        nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(2, 2), nn.Conv2d(3, 2, 1), nn.MaxPool2d((2, 1), (1, 2)),
        nn.Flatten(), nn.Linear(8, 3)]),
    "avg_pool": ([2, 7, 7], [nn.Conv2d(2, 3, 3, padding=1), nn.AvgPool2d((3, 2), (2, 1)), nn.Flatten(), nn.Linear(54, 3)]),
    "adaptive_avg": ([2, 5, 8], [nn.Conv2d(2, 3, 3, padding=1), nn.AdaptiveAvgPool2d((3, 7)), nn.Flatten(), nn.Linear(63, 3)]),
    "adaptive_max": ([2, 5, 8], [nn.Conv2d(2, 3, 3, padding=1), nn.AdaptiveMaxPool2d((3, 7)), nn.Flatten(), nn.Linear(63, 3)]),
    "adaptive_grow": ([2, 1, 1], [nn.Conv2d(2, 3, 1), nn.AdaptiveAvgPool2d((2, 3)), nn.Flatten(), nn.Linear(18, 3)]),
    "layer_norm": ([2, 3, 4], [
        nn.Conv2d(2, 3, 3, padding=1), Layer([3, 3, 4], True), nn.Flatten(), nn.Linear(36, 5), Layer([5], False), nn.Linear(5, 3)]),
    "batch_norm": ([2, 3, 4], [
        nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(36, 5), nn.BatchNorm1d(5, affine=False),
        nn.Linear(5, 3)]),
    "cells": ([2, 4, 3], [
        nn.Conv2d(2, 4, 3, padding=1), Cells([relu, tanh, swish], interleave(4, 12, 3)),
        nn.Conv2d(4, 4, 1), Cells([swish, tanh], checkerboard(4, 4, 3)), nn.Flatten(),
        nn.Linear(48, 6), Cells([tanh, relu], block(6, 1)), nn.Linear(6, 6), Cells([swish], [0] * 6), nn.Linear(6, 3)]),
    "groups": ([4, 7, 6], [
        nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False), nn.Conv2d(4, 8, (3, 2), stride=2, groups=4),
        nn.Conv2d(8, 6, 3, padding=(1, 2), groups=2, bias=False), nn.Conv2d(6, 6, 3, padding=1, stride=2, groups=6),
        nn.Conv2d(6, 4, 1, bias=False), nn.Flatten(), nn.Linear(24, 5, bias=False), nn.Linear(5, 3)]),
    "padded_pools": ([2, 7, 6], [
        nn.Conv2d(2, 3, 3, padding=1), nn.MaxPool2d(3, 2, 1), nn.Conv2d(3, 4, 3, padding=1), nn.AvgPool2d((3, 2), (2, 1), (1, 1)),
        nn.Flatten(), nn.Linear(32, 3)]),
    "response": ([2, 3, 4], [
        nn.Conv2d(2, 6, 3, padding=1), Response(5, 0.5, 0.75, 2.0), nn.Conv2d(6, 3, 1), Response(4, 1.3, 0.6, 1.5), nn.Flatten(),
        nn.Linear(36, 7), Response(3, 2.0, 0.5, 1.0), nn.Linear(7, 3), Response(9, 2.0, 0.5, 1.0), nn.Linear(3, 3)]),
    "graph": ([2, 5, 4], [
        nn.Conv2d(2, 4, 3, padding=1),
        Add([
            Plain(relu), nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4),
            Gate([nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 2, 1), Plain(relu), nn.Conv2d(2, 4, 1), Plain(torch.sigmoid)])]),
        Plain(relu),
        Concat([nn.Conv2d(4, 3, 1)], [nn.AvgPool2d(3, 1, 1)], []),
        nn.Flatten(), nn.Linear(220, 4), Add([nn.Linear(4, 4), Plain(tanh)], [Gate([nn.Linear(4, 4)])]),
        Concat([nn.Linear(4, 2)], [], []), nn.Linear(10, 3)]),
    "inner": ([2, 3, 4], [
        nn.Conv2d(2, 8, 3, padding=1), Grouped([two], 2, [0] * 4), nn.Conv2d(4, 6, 1), Grouped([two, other], 2, [0, 1, 0]),
        nn.Conv2d(3, 4, 1), Grouped([lambda x: one(x)], 1, [0] * 4), nn.Flatten(), nn.Linear(48, 6), Grouped([glu, two], 2, [0, 0, 1]),
        nn.Linear(3, 3)], [two, one, other]),
    "trained": ([2, 4, 3], [
        nn.Conv2d(2, 4, 3, padding=1),
        Choose([Prelu(2, [u // 2 for u in range(4) for _ in range(12)]), Plain(relu)], interleave(4, 12, 2)),
        nn.Conv2d(4, 4, 1), Choose([Prelu(1, [0] * 48), Plain(tanh)], checkerboard(4, 4, 3)),
        nn.Conv2d(4, 4, 1), Choose([Prelu(4, [u for u in range(4) for _ in range(12)]), Plain(lookup)], checkerboard(4, 4, 3)),
        nn.Flatten(), nn.Linear(48, 6), Plain(lambda x: x.clamp(min=0) + whole.slopes * x.clamp(max=0)),
        nn.Linear(6, 6), Plain(lambda x: x.clamp(min=0) + whole.slopes * x.clamp(max=0)), nn.Linear(6, 3)], [whole]),
    "windows": ([2, 5, 4], [
        nn.Conv2d(2, 4, 3, padding=1), Windows(2, 3, maxrelu), nn.Conv2d(4, 4, 1), Windows(2, 2, lambda x: torch.softmax(x, -1)),
        nn.Conv2d(4, 4, 1), Choose([Windows(3, 2, Nelu()), Windows(3, 2, maxrelu)], interleave(4, 20, 2)), nn.Flatten(),
        nn.Linear(80, 7), Windows(1, 3, lambda x: torch.softmax(x, -1)), nn.Linear(7, 7), Windows(1, 4, Nelu()), nn.Linear(7, 3)]),
}
SAMPLES, STEPS = 4, 3


def state_of(net):
    norms = [layer for layer in net.modules() if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d))]
    return [value for norm in norms for value in numbers(norm.running_mean) + numbers(norm.running_var)]


def case(name, shape, layers, shared=()):
    """`shared` modules come last: layers use them without owning them."""
    net = nn.Sequential(*layers)
    parameters = [parameter for module in (net, *shared) for parameter in module.parameters()]
    with torch.no_grad():
        for parameter in parameters:
            parameter.grad = None
            parameter.copy_(draw(*parameter.shape, scale=0.5))
    inputs = draw(SAMPLES, *shape)
    slopes = draw(SAMPLES, 3)
    params = [value for parameter in parameters for value in numbers(parameter)]
    logits = net(inputs)
    (logits * slopes).sum().backward()
    result = {
        "name": name, "params": params, "input": numbers(inputs), "slopes": numbers(slopes), "logits": numbers(logits),
        "gradients": [value for parameter in parameters for value in numbers(parameter.grad)],
    }
    with torch.no_grad():
        for _ in range(STEPS - 1):
            net(inputs)
        result["state"] = state_of(net)  # after STEPS forward passes in training
        result["inferred"] = numbers(net.eval()(inputs))
    return result


OPTIMISERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8),
    "sgd_dampening": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, dampening=0.3, weight_decay=0.05),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.05),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adam_decay": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.05),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.05),
}
OPTIMISER_STEPS = 20


def optimiser(name, make):
    start = draw(6)
    parameter = nn.Parameter(start.clone())
    optimiser = make([parameter])
    gradients = draw(OPTIMISER_STEPS, 6)
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimiser.step()
    return {"name": name, "start": numbers(start), "gradients": numbers(gradients), "end": numbers(parameter)}


def loss(name, function):
    logits = draw(5, 4, scale=3.0).requires_grad_()
    labels = torch.tensor([0, 3, 1, 1, 2])
    value = function(logits, labels)
    value.backward()
    return {"name": name, "logits": numbers(logits), "labels": labels.tolist(), "loss": value.item(), "slopes": numbers(logits.grad)}


oracle = {
    "cases": [case(name, *parts) for name, parts in CASES.items()],
    "optimisers": [optimiser(name, make) for name, make in OPTIMISERS.items()],
    "losses": [
        loss("cross_entropy", F.cross_entropy),
        loss("mse", lambda logits, labels: F.mse_loss(logits, F.one_hot(labels, 4).to(logits.dtype))),
    ],
}
with open("oracle.json", "w") as file:
    json.dump(oracle, file, separators=(",", ":"))
    file.write("\n")
