"""Writes counts.json: what PyTorch says about the networks in `specs/`, layer by layer, and values of its activations.

    python counts.py            (needs torch and torchvision; any recent version)

For every network: each module in order with its output shape, its parameters, and its multiply-adds by a forward hook (one for
a product and its addition; biases, norms, pools and activations are not counted). For every function: f64 values and derivatives.
"""

import json
import pathlib

import torch
import torchvision
from torch import nn

torch.set_default_dtype(torch.float64)


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(7.5 * x)


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


def layers_and_norms():
    """Groups, strides, uneven kernels and both norms: what the papers' networks above leave out."""
    return (3, 33, 29), nn.Sequential(
        nn.Conv2d(3, 12, (5, 3), stride=2, padding=(2, 1)), nn.BatchNorm2d(12), nn.ReLU(),
        nn.Conv2d(12, 12, 3, padding=1, groups=12), nn.LayerNorm((12, 17, 15)), nn.ReLU(),
        nn.Conv2d(12, 30, 1, groups=6), nn.BatchNorm2d(30, affine=False), nn.ReLU(),
        nn.MaxPool2d(3, stride=2), nn.AvgPool2d((2, 3)), nn.AdaptiveMaxPool2d((2, 4)), nn.Flatten(),
        nn.Linear(240, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 10),
    )


NETS = {
    "sticknet8": sticknet8(),
    "vgg11": vgg11(),
    "mnist1d_mixed": mlp(40, [100, 100], 10, normed=False),
    "learned_diversity_base": mlp(40, [100], 10, normed=False),
    "yoon_relu_mnist": mlp(784, [118] * 3, 10, normed=True),
    "yoon_relu_cifar": mlp(3072, [124] * 3, 10, normed=True),
    "layers_and_norms": layers_and_norms(),
}


def macs(module, output):
    if isinstance(module, nn.Conv2d):
        kernel = module.kernel_size[0] * module.kernel_size[1]
        return output[0].numel() * module.in_channels // module.groups * kernel
    if isinstance(module, nn.Linear):
        return output[0].numel() * module.in_features
    return 0


def describe(shape, net):
    rows = []

    def hook(module, _, output):
        params = sum(p.numel() for p in module.parameters())
        rows.append({"shape": list(output.shape[1:]), "params": params, "macs": macs(module, output)})

    for module in net:
        module.register_forward_hook(hook)
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, *shape))
    return {
        "input": list(shape),
        "params": sum(p.numel() for p in net.parameters()),
        "macs": sum(row["macs"] for row in rows),
        "layers": rows,
    }


F = nn.functional
FUNCTIONS = {
    "relu": F.relu,
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


def main():
    out = {
        "torch": torch.__version__.split("+")[0],
        "nets": {name: describe(*net) for name, net in NETS.items()},
        "points": POINTS,
        "functions": {name: values(function) for name, function in FUNCTIONS.items()},
    }
    path = pathlib.Path(__file__).with_name("counts.json")
    path.write_text(json.dumps(out, indent=1) + "\n")


main()
