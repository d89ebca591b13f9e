"""Writes counts.json: what PyTorch says about the networks in `specs/` and about the cells of the prelude.

    python counts.py            (needs torch, torchvision and efficientnet_lite_pytorch 0.1.0; half a minute, no network, no random
                                numbers)

* `nets`: networks that are one chain. Each module in order with its output shape, its parameters and its multiply-adds by a forward
  hook (one for a product and its addition; biases, norms, pools and activations are not counted, networks inside cells are).
  Parameters of learned functions are in no layer's row, only in the sum: layers can share them.
* `graphs`: networks with branches. Only the modules with parameters, in the order in which they run.
* `totals`: networks derived from the ones above; parameters only.
* `functions`, `pairs`, `windows`: f64 values and derivatives of cells of one value, of two, and of a window.
"""

import json
import pathlib

import efficientnet_lite_pytorch
import torch
import torchvision
from torch import nn

torch.set_default_dtype(torch.float64)
F = nn.functional


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(7.5 * x)


# Cells that are networks or have trained numbers.


def perceptron(inputs, hidden, activation):
    """From a few numbers to one."""
    layers, before = [], inputs
    for width in hidden:
        layers += [nn.Linear(before, width), activation()]
        before = width
    return nn.Sequential(*layers, nn.Linear(before, 1))


class Trained(nn.Module):
    """A formula of `u, v` with `count` trained numbers."""

    def __init__(self, count, formula):
        super().__init__()
        self.numbers = nn.Parameter(torch.zeros(count))
        self.formula = formula

    def forward(self, values):
        return self.formula(values[..., 0], values[..., 1], self.numbers).unsqueeze(-1)


class Plain(nn.Module):
    """A formula of `u, v` with nothing to train."""

    def forward(self, values):
        return (values[..., 0] * values[..., 1]).unsqueeze(-1)


class Cells(nn.Module):
    """Consecutive channels in groups of `inputs`, each answered by a cell; several cells share them in blocks. `shared`: see above."""

    def __init__(self, cells, inputs=1, shared=True):
        super().__init__()
        self.cells = nn.ModuleList(cells)
        self.inputs, self.shared = inputs, shared

    def forward(self, x):
        groups = x.unflatten(1, (-1, self.inputs)).movedim(2, -1)
        parts = groups.chunk(len(self.cells), dim=1)
        return torch.cat([cell(part).squeeze(-1) for cell, part in zip(self.cells, parts)], dim=1)

    def own_params(self):
        return 0 if self.shared else size(self)

    def macs(self, output):
        answers = output[0].numel() // len(self.cells)
        return sum(answers * m.in_features * m.out_features for m in self.modules() if isinstance(m, nn.Linear))


def quadratic(u, v, c):
    return c[0] * u**2 + c[1] * v**2 + c[2] * u * v + c[3] * u + c[4] * v + c[5]


# The networks.


def sticknet8():
    return (3, 32, 32), nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), Swish(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), Swish(), nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(7), nn.Flatten(),
        nn.Linear(784, 128), Swish(), nn.Dropout(0.5),
        nn.Linear(128, 128), Swish(), nn.Dropout(0.5),
        nn.Linear(128, 10),
    )


def vgg11():
    """torchvision's own, with ten classes."""
    net = torchvision.models.vgg11(weights=None, num_classes=10)
    return (3, 32, 32), nn.Sequential(*net.features, net.avgpool, nn.Flatten(), *net.classifier)


def mlp(inputs, widths, classes, normed):
    layers, before = [], inputs
    for width in widths:
        layers.append(nn.Linear(before, width))
        layers += [nn.LayerNorm(width, elementwise_affine=False), nn.ReLU(), nn.Dropout(0.5)] if normed else [nn.ReLU()]
        before = width
    return (inputs,), nn.Sequential(*layers, nn.Linear(before, classes))


def learned_diversity(widths, types, inputs=40, outputs=10):
    """Cells with a learned part, then noise (which is nothing here); the same cells in every layer."""
    cells = [perceptron(1, [50], nn.Tanh) for _ in range(types)]
    layers, before = [], inputs
    for width in widths:
        layers += [nn.Linear(before, width), Cells(cells), nn.Identity()]
        before = width
    return (inputs,), nn.Sequential(*layers, nn.Linear(before, outputs))


def yoon_mlp(inputs, units, n):
    cell = perceptron(n, [64, 64], nn.ReLU)
    return two_argument_mlp(inputs, units, n, lambda: Cells([cell], n))


def two_argument_mlp(inputs, units, n, cells):
    layers, before = [], inputs
    for _ in range(3):
        layers += [nn.Linear(before, n * units), nn.LayerNorm(n * units, elementwise_affine=False), cells(), nn.Dropout(0.5)]
        before = units
    return (inputs,), nn.Sequential(*layers, nn.Linear(before, 10))


def yoon_cnn(channels, side, maps, n):
    """Each width is the number of answers; there are `n` values for each. The last one is a dense layer on the flattened maps."""
    cell = perceptron(n, [64, 64], nn.ReLU)
    layers, before, image = [], channels, (channels, side, side)
    for width in maps[:-1]:
        side = side - 2
        norm = nn.LayerNorm((n * width, side, side), elementwise_affine=False)
        layers += [nn.Conv2d(before, n * width, 3), norm, Cells([cell], n), nn.MaxPool2d(2), nn.Dropout(0.5)]
        before, side = width, side // 2
    wide = n * maps[-1]
    layers += [nn.Flatten(), nn.Linear(before * side**2, wide), nn.LayerNorm(wide, elementwise_affine=False), Cells([cell], n)]
    return image, nn.Sequential(*layers, nn.Dropout(0.5), nn.Linear(maps[-1], 10))


def yoon_cnn_relu(channels, side, maps):
    layers, before, image = [], channels, (channels, side, side)
    for width in maps[:-1]:
        side = side - 2
        norm = nn.LayerNorm((width, side, side), elementwise_affine=False)
        layers += [nn.Conv2d(before, width, 3), norm, nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5)]
        before, side = width, side // 2
    layers += [nn.Flatten(), nn.Linear(before * side**2, maps[-1]), nn.Dropout(0.5)]
    return image, nn.Sequential(*layers, nn.Linear(maps[-1], 10))


def polynomial(count, formula, shared):
    one = Trained(count, formula)
    return two_argument_mlp(784, 64, 2, lambda: Cells([one if shared else Trained(count, formula)], 2, shared))


def glu_mlp():
    return (784,), nn.Sequential(
        nn.Linear(784, 256), nn.GLU(), nn.Dropout(0.1), nn.Linear(128, 256), nn.GLU(), nn.Dropout(0.1), nn.Linear(128, 10)
    )


def layers_and_norms():
    """Groups, strides, uneven kernels and both norms: what the papers' networks above leave out."""
    return (3, 33, 29), nn.Sequential(
        nn.Conv2d(3, 12, (5, 3), stride=2, padding=(2, 1)), nn.BatchNorm2d(12), nn.ReLU(),
        nn.Conv2d(12, 12, 3, padding=1, groups=12), nn.LayerNorm((12, 17, 15)), nn.ReLU(),
        nn.Conv2d(12, 30, 1, groups=6), nn.BatchNorm2d(30, affine=False), nn.ReLU(),
        nn.MaxPool2d(3, stride=2), nn.AvgPool2d((2, 3)), nn.AdaptiveMaxPool2d((2, 4)), nn.Flatten(),
        nn.Linear(240, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 10),
    )


class Residual(nn.Module):
    def __init__(self, *branch):
        super().__init__()
        self.branch = nn.Sequential(*branch)

    def forward(self, x):
        return x + self.branch(x)


def window_resnet(side, classes):
    def module():
        return Residual(nn.Conv2d(128, 64, 3, padding=1), nn.Conv2d(64, 128, 3, padding=1), nn.ReLU())

    return (3, side, side), nn.Sequential(
        nn.Conv2d(3, 128, 3, padding=1), nn.ReLU(), module(), module(), nn.MaxPool2d(2), module(), module(), nn.MaxPool2d(2),
        module(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(128, classes),
    )


class Slopes(nn.Module):
    """PReLU for the first channels, tanh for the others."""

    def __init__(self, count):
        super().__init__()
        self.slopes = nn.Parameter(torch.full((count,), 0.25))

    def forward(self, x):
        first, others = x.tensor_split([len(self.slopes)], 1)
        return torch.cat([F.prelu(first, self.slopes), torch.tanh(others)], 1)


class EverythingOnce(nn.Module):
    """Branches, taps and cells in every place. Which unit gets which cell changes no count, so here each cell takes a block."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 12, 3, padding=1, bias=False)
        self.slopes = Slopes(8)
        self.depthwise = nn.Conv2d(12, 12, 3, padding=1, groups=12)
        self.branch = nn.Sequential(nn.Conv2d(12, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU())
        self.skip = nn.Conv2d(12, 12, 1)
        self.gate = nn.Conv2d(12, 12, 1)
        self.narrow = nn.Conv2d(12, 8, 1)
        self.named = Cells([perceptron(2, [6], nn.Tanh), perceptron(2, [4, 4], nn.ReLU)], 2)
        self.own = nn.Sequential(*[Cells([perceptron(1, [3], nn.ReLU)]) for _ in range(2)])
        both = [perceptron(1, [5], nn.ReLU) for _ in range(2)]
        self.unnamed = nn.Sequential(Cells(both), Cells(both))
        self.wide, self.next = nn.Linear(16, 24, bias=False), nn.Linear(24, 24)
        self.last = nn.Linear(24, 10, bias=False)

    def forward(self, x):
        x = self.slopes(F.local_response_norm(self.conv(x), 5))
        x = self.depthwise(F.max_pool2d(x, 3, stride=2, padding=1))
        x = self.branch(x) + self.skip(x)
        x = x * torch.sigmoid(self.gate(F.adaptive_avg_pool2d(x, 1)))
        x = torch.cat([self.narrow(x), F.avg_pool2d(x, 3, stride=1, padding=1), x], 1)
        x = self.unnamed(self.own(self.named(x)))
        wide = self.wide(F.adaptive_avg_pool2d(x, 1).flatten(1))
        x = torch.cat([self.next(wide) + wide, wide], 1)
        return self.last(F.glu(x))


def published(model, side, classes):
    """torchvision's own."""
    return (3, side, side), getattr(torchvision.models, model)(weights=None, num_classes=classes)


def lite0(side, classes):
    """The package's own; it pads by the size of the image."""
    return (3, side, side), efficientnet_lite_pytorch.EfficientNet.from_name("efficientnet-lite0", num_classes=classes, image_size=side)


WIDE = [60, 120, 120, 120]
NETS = {
    "sticknet8": sticknet8(),
    "vgg11": vgg11(),
    "mnist1d_mixed": mlp(40, [100, 100], 10, normed=False),
    "learned_diversity_base": mlp(40, [100], 10, normed=False),
    "learned_diversity": learned_diversity([100], 2),
    "learned_diversity_200": learned_diversity([200], 2),
    "learned_diversity_deep": learned_diversity([100] * 3, 2),
    "learned_diversity_orbit": learned_diversity([100], 2, inputs=2, outputs=2),
    "learned_diversity_type1": learned_diversity([100], 1),
    "found_diversity": mlp(40, [200], 10, normed=False),
    "yoon_relu_mnist": mlp(784, [118] * 3, 10, normed=True),
    "yoon_relu_cifar": mlp(3072, [124] * 3, 10, normed=True),
    "yoon_mnist_1": yoon_mlp(784, 64, 1),
    "yoon_mnist_2": yoon_mlp(784, 64, 2),
    "yoon_mnist_3": yoon_mlp(784, 64, 3),
    "yoon_cifar_1": yoon_mlp(3072, 64, 1),
    "yoon_cifar_2": yoon_mlp(3072, 64, 2),
    "yoon_cifar_3": yoon_mlp(3072, 64, 3),
    "yoon_mnist_1_wide": yoon_mlp(784, 114, 1),
    "yoon_cifar_1_wide": yoon_mlp(3072, 123, 1),
    "yoon_mnist_1_relu": mlp(784, [68] * 3, 10, normed=True),
    "yoon_mnist_2_relu": mlp(784, [118] * 3, 10, normed=True),
    "yoon_mnist_3_relu": mlp(784, [161] * 3, 10, normed=True),
    "yoon_cifar_1_relu": mlp(3072, [65] * 3, 10, normed=True),
    "yoon_cifar_2_relu": mlp(3072, [124] * 3, 10, normed=True),
    "yoon_cifar_3_relu": mlp(3072, [180] * 3, 10, normed=True),
    "yoon_cnn_mnist_1": yoon_cnn(1, 28, WIDE, 1),
    "yoon_cnn_mnist_2": yoon_cnn(1, 28, WIDE, 2),
    "yoon_cnn_mnist_3": yoon_cnn(1, 28, WIDE, 3),
    "yoon_cnn_cifar_1": yoon_cnn(3, 32, WIDE, 1),
    "yoon_cnn_cifar_2": yoon_cnn(3, 32, WIDE, 2),
    "yoon_cnn_cifar_3": yoon_cnn(3, 32, WIDE, 3),
    "yoon_cnn_mnist_relu": yoon_cnn_relu(1, 28, [120, 130, 150, 170]),
    "yoon_cnn_cifar_relu": yoon_cnn_relu(3, 32, [120, 150, 170, 170]),
    "yoon_cnn_mnist_1_wide": yoon_cnn(1, 28, [120, 150, 165, 200], 1),
    "yoon_cnn_cifar_1_wide": yoon_cnn(3, 32, [65, 150, 180, 240], 1),
    "yoon_quadratic_mnist": polynomial(6, quadratic, shared=True),
    "yoon_quadratic_each_mnist": polynomial(6, quadratic, shared=False),
    "yoon_xor_mnist": polynomial(1, lambda u, v, c: c * u * v, shared=True),
    "yoon_mixed_mnist": two_argument_mlp(784, 64, 2, lambda: Cells([Plain(), Plain()], 2)),
    "glu_mlp": glu_mlp(),
    "layers_and_norms": layers_and_norms(),
}
GRAPHS = {
    "everything_once": ((4, 17, 14), EverythingOnce()),
    "window_resnet": window_resnet(32, 100),
    "window_resnet_caltech": window_resnet(64, 101),
    "window_resnet_tiny": window_resnet(64, 200),
    "efficientnet_b0": published("efficientnet_b0", 224, 1000),
    "efficientnet_b0_cifar": published("efficientnet_b0", 32, 10),
    "efficientnet_lite0": lite0(224, 1000),
    "efficientnet_lite0_cifar": lite0(32, 10),
    "resnet18": published("resnet18", 224, 1000),
    "resnet18_cifar": published("resnet18", 32, 10),
}
SAME = {  # other cells, the same parameters
    "sticknet8": ["sticknet8_9to1", "sticknet8_checkerboard"],
    "vgg11": ["vgg11_first_half", "vgg11_last_half"],
    "learned_diversity": ["base_tanh", "base_elu", "base_zero", "base_identity", "base_sigmoid"],
    "learned_diversity_type1": ["learned_diversity_type2"],
    "learned_diversity_base": ["learned_diversity_sin", "learned_diversity_tanh", "learned_diversity_relu"],
    "found_diversity": ["found_type1", "found_type2"],
    "window_resnet": [
        "window_nelu", "window_pnelu", "window_inhibitor", "window_excitator", "window_excitator_b", "window_excitator_c",
        "window_softmax", "window_softmax_columns", "window_maxrelu", "window_max", "window_leaky", "window_gelu",
        "window_mixed", "window_first",
    ],
    "efficientnet_b0": ["efficientnet_b0_excitator"],
    "efficientnet_lite0": ["efficientnet_lite0_excitator"],
}


def size(module):
    return sum(p.numel() for p in module.parameters())


def macs(module, output):
    if isinstance(module, Cells):
        return module.macs(output)
    if isinstance(module, nn.Conv2d):
        kernel = module.kernel_size[0] * module.kernel_size[1]
        return output[0].numel() * module.in_channels // module.groups * kernel
    if isinstance(module, nn.Linear):
        return output[0].numel() * module.in_features
    return 0


def run(shape, net, modules):
    """A row for each of `modules`, in the order in which they run."""
    rows = []

    def hook(module, _, output):
        params = module.own_params() if isinstance(module, Cells) else size(module)
        rows.append({"shape": list(output.shape[1:]), "params": params, "macs": macs(module, output)})

    for module in modules:
        module.register_forward_hook(hook)
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, *shape))
    return {"input": list(shape), "params": size(net), "macs": sum(row["macs"] for row in rows), "layers": rows}


def chain(shape, net):
    return run(shape, net, list(net))


def graph(shape, net):
    inside = {part for m in net.modules() if isinstance(m, Cells) for part in m.modules() if part is not m}
    whole = (Cells, nn.Conv2d)  # convolutions of efficientnet_lite_pytorch hold their padding
    leaves = [m for m in net.modules() if m not in inside and (isinstance(m, whole) or not list(m.children()))]
    described = run(shape, net, leaves)
    return {**described, "layers": [row for row in described["layers"] if row["params"]]}


def totals():
    found = {name: size(net) for name, (_, net) in {**NETS, **GRAPHS}.items()}
    out = {name: found[of] for of, names in SAME.items() for name in names}
    # The last 9 of 17 sites: the sum of the fourth block, then all of the last four blocks.
    slopes = nn.ModuleList([nn.PReLU(channels) for channels in [128] + [256] * 4 + [512] * 4])
    out["resnet18_prelu"] = found["resnet18_cifar"] + size(slopes)
    return out


FUNCTIONS = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu(0.01)": F.leaky_relu,
    "elu(1)": F.elu,
    "gelu": F.gelu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "sin": torch.sin,
    "softplus": F.softplus,
    "swish(1)": F.silu,
    "swish(7.5)": lambda x: x * torch.sigmoid(7.5 * x),
    "ptanh(0.25)": lambda x: (torch.tanh(x) + torch.tanh(0.25 * x)) / 2,
    "hswish": F.hardswish,
    "renlu(0.5)": lambda x: torch.where(x > 0, torch.where(x > 0, x, 1.0) ** 0.5, 0.0),
}
POINTS = [-40.0, -11.0, -5.5, -2.75, -1.0, -0.4, -0.015625, 0.0, 0.015625, 0.3, 1.0, 2.5, 4.75, 12.5, 33.0]


def values(function):
    x = torch.tensor(POINTS, requires_grad=True)
    y = function(x)
    (slope,) = torch.autograd.grad(y.sum(), x)
    return {"value": y.tolist(), "slope": slope.tolist()}


PAIRS = {"glu": lambda u, v: u * torch.sigmoid(v), "soft_xor": lambda u, v: u * v}


def pairs(function):
    """At every pair of the points that are not extreme."""
    points = torch.tensor([p for p in POINTS if abs(p) < 6])
    u, v = (axis.flatten().requires_grad_() for axis in torch.meshgrid(points, points, indexing="ij"))
    y = function(u, v)
    slopes = torch.autograd.grad(y.sum(), [u, v])
    return {"u": u.tolist(), "v": v.tolist(), "value": y.tolist(), "slopes": [slope.tolist() for slope in slopes]}


def lifted(x, a, others):
    return torch.where(x > 0, (1 - a) * x, F.relu(x + a * others))


WINDOWS = {  # of all values of one window; how Ball et al. are read is said in specs/prelude.net
    "nelu": lambda x, a: F.relu(x + a * x.clamp(max=0).sum()),
    "pnelu": lambda x, a: torch.where(x > 0, x + a * x.clamp(max=0).sum(), 0.0),
    "inhibitor": lambda x, a: torch.where(x >= 0, F.relu(x + a * x.clamp(max=0).sum() / (x >= 0).sum().clamp(min=1)), 0.0),
    "excitator": lambda x, a: lifted(x, a, F.relu(x).sum()),
    "excitator_b": lambda x, a: torch.where(x > 0, (1 - a) * x + a * F.relu(x).sum(), F.relu(x + a * F.relu(x).sum())),
    "excitator_c": lambda x, a: lifted(x, a, F.relu(x).sum() / (x <= 0).sum().clamp(min=1)),
    "softmax_relu": lambda x, t: torch.where(torch.softmax(x, 0) >= t, x, 0.0),
    "maxrelu": lambda x: torch.where(x == x.max(), F.relu(x), 0.0),
    "winmax": lambda x: torch.where(x == x.max(), x, 0.0),
}
ARGUMENTS = {"softmax_relu": [0.25], "maxrelu": [], "winmax": []}
FIGURE_2 = [[0.9, 0.2, -0.4], [-0.7, 0.3, -0.8], [-0.2, 0.1, 0.7]]  # of Ball et al.


def maps():
    """Maps with the windows they are cut into: the paper's figure, whole windows, and windows over the edge. No values are equal."""
    yield torch.tensor(FIGURE_2), (3, 3)
    steps = torch.arange(64.0)
    wave = torch.round(128 * torch.sin(1.7 * steps + 1) * torch.cos(0.3 * steps)) / 64 + (2 * steps + 1) / 4096
    yield wave.reshape(8, 8), (4, 4)
    yield wave[:30].reshape(5, 6), (4, 4)
    yield wave[:24].reshape(8, 3), (4, 1)


def windowed(function, x, window, arguments):
    """Each window of the map by itself; the last ones may be incomplete."""
    rows = [torch.cat([cell(function, part, arguments) for part in row.split(window[1], 1)], 1) for row in x.split(window[0], 0)]
    return torch.cat(rows, 0)


def cell(function, part, arguments):
    return function(part.flatten(), *arguments).reshape(part.shape)


def windows(name):
    arguments = ARGUMENTS.get(name, [0.15])
    out = []
    for x, window in maps():
        x = x.clone().requires_grad_()
        y = windowed(WINDOWS[name], x, window, arguments)
        above = torch.cos(torch.arange(float(x.numel()))).reshape(x.shape)
        (slope,) = torch.autograd.grad((y * above).sum(), x)
        case = {"shape": list(x.shape), "window": list(window), "x": x, "above": above, "value": y, "slope": slope}
        out.append({key: value.flatten().tolist() if torch.is_tensor(value) else value for key, value in case.items()})
    return {"arguments": arguments, "cases": out}


def written(value, depth=0):
    """JSON with a line for everything that holds no further braces."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    if not any(isinstance(part, (dict, list)) for part in inner) or not any(holds_more(part) for part in inner):
        return json.dumps(value)
    blanks = " " * (depth + 1)
    if isinstance(value, dict):
        lines = [f"{json.dumps(key)}: {written(part, depth + 1)}" for key, part in value.items()]
    else:
        lines = [written(part, depth + 1) for part in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + ",\n".join(blanks + line for line in lines) + "\n" + " " * depth + closing


def holds_more(part):
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return isinstance(part, dict) or any(isinstance(piece, (dict, list)) for piece in inner)


def main():
    out = {
        "torch": torch.__version__.split("+")[0],
        "nets": {name: chain(*net) for name, net in NETS.items()},
        "graphs": {name: graph(*net) for name, net in GRAPHS.items()},
        "totals": totals(),
        "points": POINTS,
        "functions": {name: values(function) for name, function in FUNCTIONS.items()},
        "pairs": {name: pairs(function) for name, function in PAIRS.items()},
        "windows": {name: windows(name) for name in WINDOWS},
    }
    path = pathlib.Path(__file__).with_name("counts.json")
    path.write_text(written(out) + "\n")


main()
