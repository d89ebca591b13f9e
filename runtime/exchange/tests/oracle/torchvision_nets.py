"""Writes torchvision.json: names and shapes of torchvision's state_dicts, and logits for weights that both sides make by one formula.

    python torchvision_nets.py            torch 2.15.0, torchvision 0.29.2, numpy 2.4.6, efficientnet_lite_pytorch 0.1.0; a few seconds
    python torchvision_nets.py full DIR   full-size networks with seeded random weights: DIR/NAME.safetensors, DIR/NAME.npy (input),
                                          DIR/NAME.csv (logits), to be compared by hand

The small fixture has ResNet-18, EfficientNet-B0 and, from another package, EfficientNet-Lite0 at full width for 32x32 images and ten
classes, and VGG11 with a sixteenth of its maps, since its head alone has 119 million weights. EfficientNet-Lite0 is under hetc's names,
which `examples/ball/lite0/weights.py` gives to its tensors.
"""

import json
import pathlib
import sys

import numpy
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

sys.path.append(str(pathlib.Path(__file__).resolve().parents[4] / "examples/ball/lite0"))
from weights import renamed  # noqa: E402


def unit(tensor, count):
    """Numbers in -1..1 from the tensor's number and each place: integers of 32 bits, mixed."""
    h = (numpy.arange(count, dtype=numpy.uint64) + 1 + 1000003 * tensor) * 0x9E3779B1 & 0xFFFFFFFF
    h ^= h >> 15
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    h ^= h >> 16
    return h / 2.0**31 - 1


def numbers(tensor, name, shape, gain):
    u = unit(tensor, int(numpy.prod(shape)))
    if name.endswith(("running_var", ".var")):
        u = 1 + 0.3 * u
    elif name.endswith(("running_mean", "bias", ".mean", ".shift")):
        u = 0.1 * u
    elif len(shape) == 1:
        u = 1 + 0.2 * u
    else:
        u = u * gain * numpy.sqrt(6 / numpy.prod(shape[1:]))
    return torch.tensor(u.astype(numpy.float32)).reshape(shape)


def small_vgg():
    net = torchvision.models.VGG(torchvision.models.vgg.make_layers([4, "M", 8, "M", 16, 16, "M", 32, 32, "M", 32, 32, "M"]))
    net.classifier = nn.Sequential(
        nn.Linear(32 * 49, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 10)
    )
    return net


def small():
    nets = {
        "vgg11": (small_vgg(), 1.0),
        "resnet18": (torchvision.models.resnet18(num_classes=10), 1.0),
        "efficientnet_b0": (torchvision.models.efficientnet_b0(num_classes=10), 1.2),  # or nothing would be left of the input
        "efficientnet_lite0": (EfficientNet.from_name("efficientnet-lite0", num_classes=10, image_size=32), 1.2),
    }
    out = {}
    for name, (net, gain) in nets.items():
        state = renamed(net) if name == "efficientnet_lite0" else net.state_dict()
        names = sorted(key for key in state if not key.endswith("num_batches_tracked"))
        for index, key in enumerate(names):
            with torch.no_grad():
                state[key].copy_(numbers(index, key, list(state[key].shape), gain))
        x = torch.tensor(unit(999, 2 * 3 * 32 * 32).astype(numpy.float32)).reshape(2, 3, 32, 32)
        with torch.no_grad():
            logits = net.eval()(x)
        print(name, logits)
        out[name] = {"gain": gain, "tensors": [[key, list(state[key].shape)] for key in names], "logits": logits.flatten().tolist()}
    text = "{\n" + ",\n".join(
        f'"{name}": {{\n  "gain": {net["gain"]},\n  "tensors": [\n    ' + ",\n    ".join(json.dumps(t) for t in net["tensors"]) + f'\n  ],\n  "logits": {json.dumps(net["logits"])}\n}}'
        for name, net in out.items()
    ) + "\n}\n"
    pathlib.Path(__file__).with_name("torchvision.json").write_text(text)


def full(folder):
    from safetensors.torch import save_file

    for name, classes, size in [("vgg11", 10, 32), ("resnet18", 1000, 224), ("efficientnet_b0", 1000, 224)]:
        torch.manual_seed(5)
        net = getattr(torchvision.models, name)(num_classes=classes).eval()
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
        x = torch.randn(4, 3, size, size)
        with torch.no_grad():
            logits = net(x)
        print(name, logits.abs().max())
        save_file(net.state_dict(), folder / f"{name}.safetensors")
        numpy.save(folder / f"{name}.npy", x.numpy())
        numpy.savetxt(folder / f"{name}.csv", logits.numpy(), delimiter=",", fmt="%.9g")


if len(sys.argv) > 2 and sys.argv[1] == "full":
    full(pathlib.Path(sys.argv[2]))
else:
    small()
