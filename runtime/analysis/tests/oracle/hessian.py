"""Writes hessian.json, the values that tests/hessian.rs holds src/hessian against.

A small perceptron: its Hessian by torch.autograd.functional, eigenvalues by numpy, trace and spectral density by PyHessian with the
signs it drew. PyHessian 0.1 calls torch.eig, which later versions of torch lack; eigh stands in for it. The density is that of its
density_plot.py, which is not in the package, written out again.

Made with python 3.11, torch 2.15.0, numpy 2.4.6, pyhessian 0.1.
"""
import json
import pathlib

import numpy as np
import torch
from pyhessian import hessian
from torch.func import functional_call

SIZES = [5, 10, 8, 4]
SAMPLES = 30
torch.set_default_dtype(torch.float64)
torch.manual_seed(5)


def eig(matrix, eigenvectors):
    values, vectors = torch.linalg.eigh(matrix)
    return torch.stack([values, torch.zeros_like(values)], 1), vectors


torch.eig = eig


def network():
    layers = []
    for i, o in zip(SIZES, SIZES[1:]):
        layers += [torch.nn.Linear(i, o), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers[:-1])


def rounded(tensor):
    return tensor.float().double()


x = rounded(torch.randn(SAMPLES, SIZES[0]))
y = torch.randint(SIZES[-1], (SAMPLES,))
net = network()
loss = torch.nn.CrossEntropyLoss()
optimiser = torch.optim.SGD(net.parameters(), lr=0.5)
for _ in range(40):
    optimiser.zero_grad()
    loss(net(x), y).backward()
    optimiser.step()
with torch.no_grad():
    for parameter in net.parameters():
        parameter.copy_(rounded(parameter))
flat = torch.nn.utils.parameters_to_vector(net.parameters()).detach()
shapes = [(name, p.shape, p.numel()) for name, p in net.named_parameters()]


def value(vector):
    parts, at = {}, 0
    for name, shape, count in shapes:
        parts[name] = vector[at:at + count].view(shape)
        at += count
    return loss(functional_call(net, parts, (x,)), y)


full = torch.autograd.functional.hessian(value, flat).numpy()
gradient = torch.autograd.functional.jacobian(value, flat).numpy()
full = (full + full.T) / 2
eigenvalues = np.linalg.eigvalsh(full)

drawn = []
draw = torch.randint_like


def recorded(tensor, high, device):
    bits = draw(tensor, high=high, device=device)
    drawn.append(bits)
    return bits.clone()


torch.randint_like = recorded


def signs():
    """The signs drawn since the last call: a string of 0 and 1 for each vector."""
    vectors = [drawn[i:i + len(shapes)] for i in range(0, len(drawn), len(shapes))]
    drawn.clear()
    return ["".join(str(int(b)) for part in vector for b in part.flatten()) for vector in vectors]


def density(nodes, weights, points=10_000, variance=1e-5, overhead=0.01):
    high, low = nodes.max(1).mean() + overhead, nodes.min(1).mean() - overhead
    grid = np.linspace(low, high, points)
    variance *= max(1, high - low)
    bells = np.exp(-(grid[None, :, None] - nodes[:, None, :]) ** 2 / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    curve = (bells * weights[:, None, :]).sum(2).mean(0)
    return grid, curve / (curve.sum() * (grid[1] - grid[0]))


tool = hessian(net, loss, data=(x, y), cuda=False)
torch.manual_seed(11)
probes = [float(v) for v in tool.trace(maxIter=100, tol=1e-3)]
probe_signs = signs()
torch.manual_seed(12)
nodes, weights = (np.array(a, float) for a in tool.density(iter=60, n_v=3))
starts = signs()
grid, curve = density(nodes, weights)

vectors = np.random.default_rng(1).normal(size=(3, len(flat)))
vectors[2] = np.eye(len(flat))[70]
vectors = vectors.astype(np.float32).astype(float)
json.dump({
    "sizes": SIZES, "x": x.flatten().tolist(), "y": y.tolist(), "parameters": flat.tolist(), "gradient": gradient.tolist(),
    "vectors": vectors.tolist(), "products": (vectors @ full).tolist(), "trace": float(np.trace(full)),
    "eigenvalues": eigenvalues.tolist(), "probes": probes, "probe_signs": probe_signs, "starts": starts, "nodes": nodes.tolist(),
    "weights": weights.tolist(), "density": {"first": grid[0], "last": grid[-1], "every_50th": curve[::50].tolist()},
}, (pathlib.Path(__file__).parent / "hessian.json").open("w"))
