"""Writes kinks.json, the values that tests/pytorch.rs holds the crate against.

The network of tests/kinked.net in double precision, at numbers that `numbers` gives: the mean loss, its gradient by autograd, and the
Hessian's product with a direction by autograd twice, which leaves out what jumps.

    python kinks.py

Made with python 3.11, torch 2.15.0.
"""
import json
import math
import pathlib
import struct

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).parent
SAMPLES, CLASSES = 5, 3


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def numbers(count, turn, scale):
    return torch.tensor([single(scale * math.sin(turn * k + 0.3)) for k in range(count)])


rows = (HERE.parent / "bent.csv").read_text().split()[1:]
POINTS = torch.tensor([[float(number) for number in row.split(",")] for row in rows])


def bent(x):
    starts, ys = POINTS.T
    slopes = (ys[1:] - ys[:-1]) / (starts[1:] - starts[:-1])
    piece = torch.bucketize(x.detach().contiguous(), starts[1:-1].clone(), right=True)
    return ys[piece] + (x - starts[piece]) * slopes[piece]


def excitator(x, size):
    """The text of Ball et al.; the last windows are what is left of the map."""
    height, width = x.shape[2:]
    sums = F.avg_pool2d(F.pad(F.relu(x), (0, -width % size, 0, -height % size)), size) * size * size
    sums = sums.repeat_interleave(size, 2).repeat_interleave(size, 3)[:, :, :height, :width]
    return torch.where(x > 0, 0.9 * x, F.relu(x + 0.1 * sums))


def network(flat, x):
    rest = flat

    def take(*shape):
        nonlocal rest
        part, rest = rest[: math.prod(shape)], rest[math.prod(shape):]
        return part.reshape(shape)

    conv1, slopes, norm = [take(6, 2, 3, 3), take(6)], take(2), [take(6, 4, 4), take(6, 4, 4)]
    conv2, conv3 = [take(6, 3, 3, 3), take(6)], [take(6, 6, 1, 1), take(6)]
    dense1, dense2 = [take(7, 24), take(7)], [take(3, 7), take(3)]
    inner1, inner2 = [take(4, 2), take(4)], [take(1, 4), take(1)]
    assert len(rest) == 0, len(rest)
    y = F.conv2d(x, *conv1, padding=1)
    prelu = lambda u, a: F.relu(u) - a * F.relu(-u)
    units = [[F.relu, bent, lambda u, i=i: prelu(u, slopes[i // 3])][i % 3](y[:, i]) for i in range(6)]
    y = F.max_pool2d(torch.stack(units, 1), 3, 2, 1)
    y = F.layer_norm(y, (6, 4, 4), *norm)
    y = excitator(y, 3)
    y = F.local_response_norm(y, 3, alpha=0.5, beta=0.75, k=1.0)
    y = y + bent(F.conv2d(y, *conv2, padding=1, groups=2))
    y = y * torch.sigmoid(F.conv2d(y.mean((2, 3), keepdim=True), *conv3))
    pairs = y.reshape(len(y), 3, 2, 4, 4).permute(0, 1, 3, 4, 2)
    y = F.linear(F.relu(F.linear(pairs, *inner1)), *inner2)[..., 0]
    y = torch.cat([F.avg_pool2d(y, 2), F.adaptive_max_pool2d(y, 2)], 1).flatten(1)
    return F.linear(F.relu(F.linear(y, *dense1)), *dense2)


PARAMS = 6 * 2 * 9 + 6 + 2 + 2 * 96 + 6 * 3 * 9 + 6 + 36 + 6 + 7 * 24 + 7 + 21 + 3 + 12 + 5
theta = numbers(PARAMS, 2.7, 0.6).requires_grad_()
x = numbers(SAMPLES * 2 * 7 * 8, 0.9, 1.5).reshape(SAMPLES, 2, 7, 8)
direction = numbers(PARAMS, 2.3, 1.0)
logits = network(theta, x)
losses = {
    "cross_entropy": F.cross_entropy(logits, torch.arange(SAMPLES) % CLASSES),
    "squares": F.mse_loss(logits, F.one_hot(torch.arange(SAMPLES) % CLASSES, CLASSES).double()),
}
written = {"logits": logits.flatten().tolist()}
for name, loss in losses.items():
    gradient = torch.autograd.grad(loss, theta, create_graph=True)[0]
    product = torch.autograd.grad(gradient @ direction, theta, retain_graph=True)[0]
    written[name] = {"loss": loss.item(), "gradient": gradient.tolist(), "product": product.tolist()}
    print(name, loss.item(), gradient.norm().item(), product.norm().item(), (gradient == 0).sum().item())
(HERE / "kinks.json").write_text(json.dumps(written) + "\n")
