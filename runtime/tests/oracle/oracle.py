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


relu, tanh = torch.relu, torch.tanh
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
}
SAMPLES, STEPS = 4, 3


def state_of(net):
    norms = [layer for layer in net if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d))]
    return [value for norm in norms for value in numbers(norm.running_mean) + numbers(norm.running_var)]


def case(name, shape, layers):
    net = nn.Sequential(*layers)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(draw(*parameter.shape, scale=0.5))
    inputs = draw(SAMPLES, *shape)
    slopes = draw(SAMPLES, 3)
    params = [value for parameter in net.parameters() for value in numbers(parameter)]
    logits = net(inputs)
    (logits * slopes).sum().backward()
    result = {
        "name": name, "params": params, "input": numbers(inputs), "slopes": numbers(slopes), "logits": numbers(logits),
        "gradients": [value for parameter in net.parameters() for value in numbers(parameter.grad)],
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
