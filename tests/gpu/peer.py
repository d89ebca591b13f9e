"""PyTorch's time for the training steps that bench.rs measures: a line of JSON a network, eager and by torch.compile.

    python tests/gpu/peer.py [DEVICE [SECONDS [BATCH]]]       # cuda, 5, 128

f32 throughout; products may be rounded to TF32, as hetc's are (see README.md).
"""
import json
import sys
import time

import torch
from torch import nn

device = sys.argv[1] if len(sys.argv) > 1 else "cuda"
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
batch = int(sys.argv[3]) if len(sys.argv) > 3 else 128
torch.set_float32_matmul_precision("high")
torch.backends.cudnn.benchmark = True


class Mixed(nn.Module):
    """swish(7.5) on even units, ptanh(1) on odd ones."""

    def forward(self, x):
        even, odd = x[:, 0::2], x[:, 1::2]
        parts = [even * torch.sigmoid(7.5 * even), (torch.tanh(odd) + torch.tanh(1.0 * odd)) / 2]
        return torch.stack(parts, 2).flatten(1, 2)


def sticknet8(act):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), act(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), act(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(7), nn.Flatten(),
        nn.Linear(784, 128), act(), nn.Dropout(0.5), nn.Linear(128, 128), act(), nn.Dropout(0.5), nn.Linear(128, 10),
    )


def vgg11(act):
    layers, channels = [], 3
    for stage in [[64], [128], [256, 256], [512, 512], [512, 512]]:
        for width in stage:
            layers += [nn.Conv2d(channels, width, 3, padding=1), act()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(7), nn.Flatten(),
        nn.Linear(512 * 49, 4096), act(), nn.Dropout(0.5), nn.Linear(4096, 4096), act(), nn.Dropout(0.5), nn.Linear(4096, 10),
    )


class Residual(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.branch = nn.Sequential(nn.Conv2d(128, 64, 3, padding=1), nn.Conv2d(64, 128, 3, padding=1), act())

    def forward(self, x):
        return x + self.branch(x)


def window_resnet(act):
    return nn.Sequential(
        nn.Conv2d(3, 128, 3, padding=1), act(), Residual(act), Residual(act), nn.MaxPool2d(2),
        Residual(act), Residual(act), nn.MaxPool2d(2), Residual(act), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(128, 100),
    )


def sync():
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def stepper(make, act, classes, compiled):
    net = make(act).to(device)
    run = torch.compile(net) if compiled else net
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=device.startswith("cuda"))
    loss = nn.CrossEntropyLoss()
    x, labels = torch.randn(batch, 3, 32, 32, device=device), torch.randint(0, classes, (batch,), device=device)

    def step():
        adam.zero_grad(set_to_none=True)
        loss(run(x), labels).backward()
        adam.step()

    return step


def measure(name, make, act, classes, seeds):
    for compiled in [False, True]:
        steps = []
        for seed in range(seeds):
            torch.manual_seed(seed)
            steps.append(stepper(make, act, classes, compiled))

        def timed():
            began = time.perf_counter()
            for step in steps:
                step()
            sync()
            return 1e3 * (time.perf_counter() - began)

        first, times, began = timed(), [], time.perf_counter()
        while not times or time.perf_counter() - began < seconds:
            times.append(timed())
        times = sorted(times[len(times) // 3:])
        way = "torch.compile" if compiled else "eager"
        print(json.dumps({"net": name, "device": f"{device}, PyTorch {torch.__version__}, {way}", "batch": batch,
                          "median_ms": round(times[len(times) // 2], 3), "steps": len(times), "first_ms": round(first)}), flush=True)


for name, make, act, classes, seeds in [
    ("sticknet8 relu", sticknet8, nn.ReLU, 10, 1),
    ("sticknet8 mixed", sticknet8, Mixed, 10, 1),
    ("ten sticknet8 mixed", sticknet8, Mixed, 10, 10),
    ("vgg11 relu", vgg11, nn.ReLU, 10, 1),
    ("vgg11 mixed", vgg11, Mixed, 10, 1),
    ("window_resnet relu", window_resnet, nn.ReLU, 100, 1),
]:
    measure(name, make, act, classes, seeds)
