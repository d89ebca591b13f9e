"""The networks that beside.py compares with: their specs, and the same written down in PyTorch by hand."""
import functools

import torch
from torch.nn import functional as F

SPECS = {
    "smooth": """net smooth(cells = tanh|sin) {
    input 40
    dense 20
    act cells
    dense 20
    act cells layout block
    dense 10
}
""",
    "kinked": """cell late = max(x - 1, 0)

net kinked(cells = relu|late) {
    input 40
    dense 20
    act cells
    dense 20
    act cells layout block
    dense 10
}
""",
    "maps": """net maps {
    input 3x32x32
    conv 6 3x3 pad=1
    norm batch
    act swish(2)|tanh layout checkerboard
    pool avg 2x2
    conv 8 3x3
    act swish(1)|tanh ratio 3:1
    pool avg to 4x4
    dropout 0.2
    dense 10
}
""",
    "inner": """cell late = max(x - 1, 0)

net inner {
    input 1x28x28
    dense 24
    norm layer affine=no
    inner mlp[16,16] args=2
    dropout 0.2
    dense 24
    norm layer affine=no
    inner mlp[16,16] args=2
    dense 18
    inner mlp[12] args=3 hidden=tanh
    dense 12
    act relu|late
    dense 10
}
""",
}
SEEDS = {"smooth": 2, "kinked": 1, "maps": 1, "inner": 1}
DATA = {
    "smooth": 'set = "mnist1d"',
    "kinked": 'set = "mnist1d"',
    "maps": 'set = "cifar10"\nsubset = 2000\nprepare = ["flip", "crop 4", "normalise"]\nmean = [0.49, 0.48, 0.45]\nstd = [0.25, 0.24, 0.26]',
    "inner": 'set = "mnist"\nsubset = 2000',
}
RUN = """[data]
{data}
[train]
epochs = 8
batch = 50
seeds = {seeds}
controls = {controls}
[optimiser]
kind = "adam"
lr = 0.005
"""
RUNS = {name: RUN.format(data=DATA[name], seeds=SEEDS[name], controls=str(name != "maps").lower()) for name in SPECS}
RADII = {"maps": [("Linf", "4/255"), ("L2", "1/2")], "inner": [("Linf", "16/255"), ("L2", "1")]}
ATTACKS = ["pgd", "pair", "fab", "square", "standard"]

TWO, THREE = "mlp[16,16] args=2", "mlp[12] args=3 hidden=tanh"
CELLS = {
    "tanh": lambda p, x: torch.tanh(x),
    "sin": lambda p, x: torch.sin(x),
    "relu": lambda p, x: F.relu(x),
    "late": lambda p, x: F.relu(x - 1),
    "swish(1)": lambda p, x: x * torch.sigmoid(x),
    "swish(2)": lambda p, x: x * torch.sigmoid(2 * x),
    TWO: lambda p, x: perceptron(p, TWO, torch.relu, x.unflatten(1, (-1, 2)))[..., 0],
    THREE: lambda p, x: perceptron(p, THREE, torch.tanh, x.unflatten(1, (-1, 3)))[..., 0],
}
ARGS = {TWO: 2, THREE: 3}


def perceptron(p, name, hidden, x):
    """The inner network on the last axis."""
    depth = sum(key.startswith(f"{name}.weight") for key in p)
    for layer in range(1, depth + 1):
        x = F.linear(x, p[f"{name}.weight{layer}"], p[f"{name}.bias{layer}"])
        x = hidden(x) if layer < depth else x
    return x


def by_unit(pattern):
    """Unit u has share `pattern[u mod len]`."""
    @functools.cache
    def whose(shape):
        units = torch.tensor([pattern[u % len(pattern)] for u in range(shape[0])])
        return units.view(-1, *[1] * (len(shape) - 1)).expand(shape)

    return whose


@functools.cache
def block(shape):
    return torch.tensor([2 * u // shape[0] for u in range(shape[0])])


@functools.cache
def checkerboard(shape):
    """(column - row) mod 2, the same in every channel."""
    return torch.tensor([[[(c - r) % 2 for c in range(shape[2])] for r in range(shape[1])]] * shape[0])


def sites(name, title):
    """The layers of cells: name, cells of the shares, layout."""
    alone = title.removesuffix(" alone") if title.endswith(" alone") else None
    mix = lambda cells, layout: ([alone], by_unit([0])) if alone else (cells, layout)
    if name in ("smooth", "kinked"):
        cells = ["tanh", "sin"] if name == "smooth" else ["relu", "late"]
        return {"act1": mix(cells, by_unit([0, 1])), "act2": mix(cells, block)}
    if name == "maps":
        return {"act1": (["swish(2)", "tanh"], checkerboard), "act2": (["swish(1)", "tanh"], by_unit([0, 0, 0, 1]))}
    learned = {"inner1": ([TWO], by_unit([0])), "inner2": ([TWO], by_unit([0])), "inner3": ([THREE], by_unit([0]))}
    return {**learned, "act1": mix(["relu", "late"], by_unit([0, 1]))}


def outline(name, p, x, cells):
    """The logits; `cells(layer, value)` answers for the layers of cells. Evaluation: no dropout, running statistics."""
    dense = lambda layer, x: F.linear(x, p[f"{layer}.weight"], p[f"{layer}.bias"])
    if name in ("smooth", "kinked"):
        return dense("dense3", cells("act2", dense("dense2", cells("act1", dense("dense1", x)))))
    if name == "maps":
        x = F.conv2d(x, p["conv1.weight"], p["conv1.bias"], padding=1)
        x = F.batch_norm(x, p["norm1.mean"], p["norm1.var"], p["norm1.scale"], p["norm1.shift"], eps=1e-5)
        x = F.avg_pool2d(cells("act1", x), 2)
        x = cells("act2", F.conv2d(x, p["conv2.weight"], p["conv2.bias"]))
        return dense("dense1", F.adaptive_avg_pool2d(x, 4).flatten(1))
    x = cells("inner1", F.layer_norm(dense("dense1", x.flatten(1)), [24], eps=1e-5))
    x = cells("inner2", F.layer_norm(dense("dense2", x), [24], eps=1e-5))
    return dense("dense5", cells("act1", dense("dense4", cells("inner3", dense("dense3", x)))))


class Net:
    """A trained network and the samples that it is asked about."""

    def __init__(self, name, title, weights, x, labels):
        self.name, self.sites = name, sites(name, title)
        self.p = {key: value.double() for key, value in weights.items()}
        self.labels = torch.tensor(labels)
        self.bytes = torch.tensor(x).float() / 255 if x.dtype == "uint8" else None
        self.x = self.normalised(self.bytes.double() if self.bytes is not None else torch.tensor(x).double())

    def normalised(self, x):
        if self.name != "maps":
            return x
        mean, std = torch.tensor([0.49, 0.48, 0.45]), torch.tensor([0.25, 0.24, 0.26])
        return (x - mean.view(3, 1, 1).to(x)) / std.view(3, 1, 1).to(x)

    def take(self, count):
        """Goes on with the first so many samples."""
        self.x, self.labels = self.x[:count], self.labels[:count]
        self.bytes = None if self.bytes is None else self.bytes[:count]

    def trained(self):
        return [key for key in self.p if key not in ("norm1.mean", "norm1.var")]

    def answer(self, layer, value, p):
        """What the layer's cells answer, and whose each element is."""
        cells, layout = self.sites[layer]
        answers = [CELLS[cell](p, value) for cell in cells]
        whose = layout(answers[0].shape[1:])
        out = answers[0]
        for share, own in enumerate(answers):
            out = torch.where(whose == share, own, out)
        return out, whose

    def logits(self, p=None, held=()):
        """`held`: shares (see `shares`) whose answers are replaced by their means."""
        p = p or self.p

        def cells(layer, value):
            out, _ = self.answer(layer, value, p)
            for own in held:
                out = torch.where(own["mask"], own["means"], out) if own["layer"] == layer else out
            return out

        return outline(self.name, p, self.x, cells)

    def loss(self, p=None):
        return F.cross_entropy(self.logits(p), self.labels)

    def accuracy(self, held=()):
        with torch.no_grad():
            return float((self.logits(held=held).argmax(1) == self.labels).double().mean())

    def ask(self):
        """Keeps what every layer of cells reads and answers, with the slopes of each sample's loss there."""
        self.before, self.after, self.whose = {}, {}, {}

        def cells(layer, value):
            value = value if value.requires_grad else value.requires_grad_()
            out, whose = self.answer(layer, value, self.p)
            value.retain_grad(), out.retain_grad()
            self.before[layer], self.after[layer], self.whose[layer] = value, out, whose
            return out

        F.cross_entropy(outline(self.name, self.p, self.x, cells), self.labels, reduction="sum").backward()

    def shares(self):
        """Every share of every layer of cells, after `ask`: what its cells do."""
        found = []
        for layer, (cells, _) in self.sites.items():
            for share, cell in enumerate(cells):
                found.append(self.share(layer, cell, self.whose[layer] == share))
        return found

    def share(self, layer, cell, mask):
        before, after, args = self.before[layer], self.after[layer], ARGS.get(cell, 1)
        own, read = after[:, mask].detach(), mask.repeat_interleave(args, 0) if args > 1 else mask
        units = [after.detach()[:, unit][:, mask[unit]] for unit in range(len(mask)) if mask[unit].any()]
        spans = [float(unit.max() - unit.min()) for unit in units]
        x = before[:, read].detach().requires_grad_()
        slope = torch.autograd.grad(CELLS[cell](self.p, x).sum(), x)[0] if args == 1 else None
        return {
            "layer": layer, "cell": cell, "mask": mask, "means": after.detach().mean(0), "args": args,
            "dead": sum(span <= 1e-6 for span in spans) / len(spans), "off": float((own == 0).double().mean()),
            "flat": None if slope is None else float((slope.abs() < 0.05).double().mean()),
            "slope_before": float(before.grad[:, read].pow(2).mean().sqrt()),
            "slope_after": float(after.grad[:, mask].pow(2).mean().sqrt()),
        }

    def pixels(self):
        """The network in 32 bits, of pixels from 0 to 1."""
        p = {key: value.float() for key, value in self.p.items()}
        cells = lambda layer, value: self.answer(layer, value, p)[0]
        return lambda x: outline(self.name, p, self.normalised(x), cells)
