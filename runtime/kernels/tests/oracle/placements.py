"""Writes placements.safetensors: layers of cells forward and backward, as PyTorch computes them in f64.

Run with any PyTorch (made with 2.15) and safetensors, in this folder: python -P placements.py. The layers are those of ../placements.rs, case by
case; weights are flat, in the order that `Plan::layer_weights` states. Numbers that go in are exact f32; answers are f64, rounded to f32.
"""
import torch
from safetensors.torch import save_file
from torch import nn

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(11)
relu, tanh, sigmoid, where = torch.relu, torch.tanh, torch.sigmoid, torch.where


def draw(*shape, scale=1.0):
    return (torch.randn(*shape, generator=generator, dtype=torch.float32) * scale).to(torch.float64)


# Who answers where: an index of a share for every site. Sites are [channels, height, width] or [units].

def pattern(ratio):
    return [share for share, part in enumerate(ratio) for _ in range(part)]


def interleave(ratio, sites):
    turns = pattern(ratio)
    shares = torch.tensor([turns[unit % len(turns)] for unit in range(sites[0])])
    return shares.reshape(-1, *[1] * (len(sites) - 1)).expand(sites)


def halves(sites):
    shares = torch.tensor([int(unit >= sites[0] / 2) for unit in range(sites[0])])
    return shares.reshape(-1, *[1] * (len(sites) - 1)).expand(sites)


def checkerboard(ratio, sites):
    turns = pattern(ratio)
    rows, columns = torch.meshgrid(torch.arange(sites[1]), torch.arange(sites[2]), indexing="ij")
    return torch.tensor(turns)[(columns - rows) % len(turns)].expand(sites)


def mix(share_of, answers):
    answer = answers[0]
    for share, other in enumerate(answers):
        answer = where(share_of == share, other, answer)
    return answer


def grouped(x, args):
    """[n, units * args, ...] as `args` tensors of [n, units, ...]."""
    return x.unflatten(1, (-1, args)).unbind(2)


def per_channel(numbers, like):
    return numbers.reshape(-1, *[1] * (like.dim() - 2))


class Weights:
    """A flat list that is read from front to back."""

    def __init__(self, flat):
        self.flat, self.at = flat, 0

    def take(self, count):
        self.at += count
        return self.flat[self.at - count:self.at]


def mlp(weights, args, hidden, activation):
    widths = [args, *hidden, 1]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layer = nn.Linear(inputs, outputs)
        matrix, bias = weights.take(inputs * outputs).reshape(outputs, inputs), weights.take(outputs)
        layers.append((layer, {"weight": matrix, "bias": bias}))

    def function(*values):
        h = torch.stack(values, -1)
        for index, (layer, parameters) in enumerate(layers):
            h = torch.func.functional_call(layer, parameters, h)
            if index + 1 < len(layers):
                h = activation(h)
        return h.squeeze(-1)

    return function


def windows(x, size, answer):
    """`answer(patch, row, column)` for every window of a map, patches as [n, channels, elements], which exist."""
    height, width = size
    rows = []
    for row, top in enumerate(range(0, x.shape[2], height)):
        parts = []
        for column, left in enumerate(range(0, x.shape[3], width)):
            patch = x[:, :, top:top + height, left:left + width]
            parts.append(answer(patch.flatten(2), row, column).reshape(patch.shape))
        rows.append(torch.cat(parts, 3))
    return torch.cat(rows, 2)


def lines(x, length, answer):
    """The same for a vector."""
    parts = [answer(part.unsqueeze(1), 0, at).squeeze(1) for at, part in enumerate(x.split(length, 1))]
    return torch.cat(parts, 1)


# Cells of windows: the last axis holds the window's elements.

def total(e):
    return e.sum(-1, keepdim=True)


def nelu(x, a=0.1):
    return relu(x + a * total(x.clamp(max=0)))


def pnelu(x, a=0.1):
    return where(x > 0, x + a * total(x.clamp(max=0)), 0)


def inhibitor(x, a=0.1):
    count = (x >= 0).sum(-1, keepdim=True).clamp(min=1)
    return where(x >= 0, relu(x + a * total(x.clamp(max=0)) / count), 0)


def excitator_a(x, a=0.1):
    return where(x > 0, (1 - a) * x, relu(x + a * total(relu(x))))


def excitator_b(x, a=0.1):
    impact = a * total(relu(x))
    return where(x > 0, (1 - a) * x + impact, relu(x + impact))


def excitator_c(x, a=0.1):
    count = (x <= 0).sum(-1, keepdim=True).clamp(min=1)
    return where(x > 0, (1 - a) * x, relu(x + a * total(relu(x)) / count))


def softmax_threshold(x, t=0.25):
    return where(torch.softmax(x, -1) >= t, x, 0)


def maxrelu(x):
    return where(x == x.amax(-1, keepdim=True), relu(x), 0)


def max_only(x):
    return where(x == x.amax(-1, keepdim=True), x, 0)


def soft(x):
    return x * torch.softmax(x, -1)


def spread(x):
    return x.amax(-1, keepdim=True) - x * x.abs().amin(-1, keepdim=True) + x.mean(-1, keepdim=True)


def over_windows(cell, size):
    return lambda x, weights: windows(x, size, lambda patch, row, column: cell(patch))


def over_lines(cell, length):
    return lambda x, weights: lines(x, length, lambda patch, row, column: cell(patch))


# Tables.

POINTS = [(-1.5, 0.25), (-0.5, -1.0), (0.0, 0.0), (0.75, 2.0), (2.0, 1.5)]


def table(x):
    answer = torch.zeros_like(x)
    for k, ((x0, y0), (x1, y1)) in enumerate(zip(POINTS, POINTS[1:])):
        line = y0 + (x - x0) * (y1 - y0) / (x1 - x0)
        answer = line if k == 0 else where(x >= x0, line, answer)
    return answer


def prelu(x, a):
    return x.clamp(min=0) + a * x.clamp(max=0)


# The cases.

def relu_tanh(x, w):
    return mix(interleave([2, 1], x.shape[1:]), [relu(x), tanh(x)])


def relu_tanh_board(x, w):
    return mix(checkerboard([2, 1], x.shape[1:]), [relu(x), tanh(x)])


def glu(x, w):
    u, v = grouped(x, 2)
    return u * sigmoid(v)


def xor_glu(x, w):
    u, v = grouped(x, 2)
    xor = sigmoid(u) + sigmoid(v) - 2 * sigmoid(u) * sigmoid(v)
    return mix(halves(u.shape[1:]), [xor, u * sigmoid(v)])


def prelu_channel(x, w):
    return prelu(x, per_channel(w.take(x.shape[1]), x))


def prelu_one(x, w):
    return prelu(x, w.take(1))


def prelu_turns(x, w):
    """prelu per channel | relu | prelu per channel again, in turns: numbers of the first share, then of the third."""
    share_of = interleave([1, 1, 1], x.shape[1:])
    units = [[u for u in range(x.shape[1]) if u % 3 == share] for share in range(3)]
    slopes = torch.zeros(x.shape[1])
    for share in (0, 2):
        slopes = slopes.index_put((torch.tensor(units[share]),), w.take(len(units[share])))
    return mix(share_of, [prelu(x, per_channel(slopes, x)), relu(x), prelu(x, per_channel(slopes, x))])


def prelu_board(x, w):
    """prelu per channel | prelu per layer | the latter again, as a checkerboard: every channel has a number."""
    channel, layer = w.take(x.shape[1]), w.take(1)
    return mix(checkerboard([1, 1, 1], x.shape[1:]), [prelu(x, per_channel(channel, x)), prelu(x, layer), prelu(x, layer)])


def quadratic(x, w):
    u, v = grouped(x, 2)
    a, b, c, d, e, f = w.take(6)
    return a * u * u + b * v * v + c * u * v + d * u + e * v + f


def inner(args, hidden, activation=relu):
    return lambda x, w: mlp(w, args, hidden, activation)(*grouped(x, args))


def two_inners(x, w):
    first, second = mlp(w, 2, [8], relu), mlp(w, 2, [5, 4], tanh)
    u, v = grouped(x, 2)
    return mix(halves(u.shape[1:]), [first(u, v), second(u, v)])


def type1(x, w):
    return torch.sin(x) + 0.2 * mlp(w, 1, [50], tanh)(x)


def table_sigmoid(x, w):
    return mix(interleave([3, 1], x.shape[1:]), [table(x), sigmoid(x)])


def everything(x, w):
    """first = a * g(x) + b * f(b x), second = c * g(tanh(x)) + d * table(x); a per layer, b and d per net, c per channel; the plan has
    second before first, and f before g."""
    share_of = interleave([1, 2], x.shape[1:])
    a = w.take(1)
    units = [u for u in range(x.shape[1]) if u % 3 != 0]
    c = torch.zeros(x.shape[1]).index_put((torch.tensor(units),), w.take(len(units)))
    f, g = mlp(w, 1, [3], tanh), mlp(w, 1, [6, 2], relu)
    d, b = w.take(1), w.take(1)
    first = a * g(x) + b * f(b * x)
    second = per_channel(c, x) * g(tanh(x)) + d * table(x)
    return mix(share_of, [first, second])


def window_turns(x, w):
    """excitator A | max | relu in turns along the channels, 3x2 windows."""
    def answer(patch, row, column):
        share_of = torch.arange(patch.shape[1]).reshape(-1, 1) % 3
        return mix(share_of, [excitator_a(patch), max_only(patch), relu(patch)])
    return windows(x, (3, 2), answer)


def window_board(x, w):
    """nelu with a trained number per channel | inhibitor as a checkerboard of 2x2 windows."""
    a = w.take(x.shape[1]).reshape(-1, 1)
    return windows(x, (2, 2), lambda patch, row, column: inhibitor(patch) if (column - row) % 2 else nelu(patch, a))


def line_turns(x, w):
    """Windows of 4 units: nelu with a trained number per window | excitator B."""
    a = w.take(2)
    return lines(x, 4, lambda patch, row, column: excitator_b(patch) if column % 2 else nelu(patch, a[column // 2]))


def window_inner(x, w):
    """g(sum(max(x - a, 0)), x) + x, a per layer: a function inside a window, of a reduction with a trained number."""
    a = w.take(1)
    g = mlp(w, 2, [7], tanh)
    return windows(x, (2, 3), lambda patch, row, column: g(total(relu(patch - a)).expand(patch.shape), patch) + patch)


def nested(x, w):
    """x * max(e) with e = (x - mean(x))^2, and sum(g(x)) besides: reductions of reductions and of functions."""
    g = mlp(w, 1, [4], tanh)
    def cell(patch):
        e = (patch - patch.mean(-1, keepdim=True)) ** 2
        return patch * e.amax(-1, keepdim=True) + total(g(patch))
    return windows(x, (3, 3), lambda patch, row, column: cell(patch))


MAP = [4, 5, 7]
CASES = {
    "relu_tanh_vector": ([13], 0, relu_tanh),
    "relu_tanh_map": ([5, 3, 4], 0, relu_tanh),
    "relu_tanh_board": ([3, 4, 5], 0, relu_tanh_board),
    "glu_map": ([6, 4, 5], 0, glu),
    "xor_glu_block": ([18], 0, xor_glu),
    "prelu_channel": ([4, 3, 3], 4, prelu_channel),
    "prelu_layer": ([4, 3, 3], 1, prelu_one),
    "prelu_net": ([9], 1, prelu_one),
    "prelu_turns": ([7, 2, 3], 5, prelu_turns),
    "prelu_board": ([3, 4, 4], 4, prelu_board),
    "quadratic": ([10], 6, quadratic),
    "inner_1_dense": ([20], 16 * 2 + 17 * 8 + 9, inner(1, [16, 8])),
    "inner_2_dense": ([24], 64 * 3 + 65 * 64 + 65, inner(2, [64, 64])),
    "inner_3_dense": ([24], 16 * 4 + 17 * 8 + 9, inner(3, [16, 8])),
    "inner_1_conv": ([3, 5, 4], 16 * 2 + 17 * 8 + 9, inner(1, [16, 8])),
    "inner_2_conv": ([6, 5, 4], 64 * 3 + 65 * 64 + 65, inner(2, [64, 64])),
    "inner_3_conv": ([6, 5, 4], 13 * 4 + 14 * 9 + 10, inner(3, [13, 9], tanh)),
    "two_inners": ([6, 5, 7], 8 * 3 + 9 + 5 * 3 + 6 * 4 + 5, two_inners),
    "type1": ([11], 50 * 2 + 51, type1),
    "table_sigmoid": ([18], 0, table_sigmoid),
    "everything": ([7, 2, 2], 1 + 4 + 10 + 29 + 2, everything),
    "nelu": (MAP, 0, over_windows(nelu, (2, 2))),
    "pnelu": (MAP, 0, over_windows(pnelu, (3, 3))),
    "inhibitor": (MAP, 0, over_windows(inhibitor, (2, 2))),
    "excitator_a": (MAP, 0, over_windows(excitator_a, (2, 2))),
    "excitator_b": (MAP, 0, over_windows(excitator_b, (3, 3))),
    "excitator_c": (MAP, 0, over_windows(excitator_c, (2, 2))),
    "softmax_threshold": (MAP, 0, over_windows(softmax_threshold, (2, 2))),
    "maxrelu": (MAP, 0, over_windows(maxrelu, (3, 3))),
    "max": (MAP, 0, over_windows(max_only, (2, 2))),
    "soft": (MAP, 0, over_windows(soft, (3, 3))),
    "spread_ties": (MAP, 0, over_windows(spread, (2, 3))),
    "spread_large": ([2, 18, 17], 0, over_windows(spread, (18, 17))),
    "excitator_line": ([10], 0, over_lines(excitator_a, 4)),
    "soft_line": ([10], 0, over_lines(soft, 4)),
    "line_turns": ([10], 2, line_turns),
    "window_turns": (MAP, 0, window_turns),
    "window_board": (MAP, 4, window_board),
    "window_inner": (MAP, 1 + 7 * 3 + 8, window_inner),
    "nested": ([2, 5, 7], 13, nested),
}
SAMPLES = 3


def case(name, shape, count, layer):
    x = draw(SAMPLES, *shape)
    if name == "spread_ties":
        x = torch.round(2 * x) / 2
    if name == "table_sigmoid":
        breakpoints = torch.tensor([point[0] for point in POINTS])
        x = where(draw(SAMPLES, *shape) > 0, breakpoints[torch.arange(shape[0]) % len(POINTS)], 1.5 * x)
    weights = draw(count, scale=0.4)
    x, weights = x.requires_grad_(), weights.requires_grad_()
    read = Weights(weights)
    y = layer(x, read)
    assert read.at == count, name
    dy = draw(*y.shape)
    y.backward(dy)
    dweights = weights.grad if count else weights
    numbers = {"x": x, "weights": weights, "dy": dy, "y": y, "dx": x.grad, "dweights": dweights}
    return {f"{name}.{key}": value.detach().to(torch.float32).reshape(-1).contiguous() for key, value in numbers.items()}


tensors = {}
for name, parts in CASES.items():
    tensors |= case(name, *parts)
save_file(tensors, "placements.safetensors")
