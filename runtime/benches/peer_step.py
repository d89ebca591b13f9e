"""PyTorch's time for the training steps that benches/step.rs measures: median ms a step, two threads, f32.

    python runtime/benches/peer_step.py            # needs torch

Each network in three ways: `eager` (Adam as it comes), `fused` (Adam in one kernel), `fused, channels last`; each with denormal numbers
as they are and flushed to zero. The best of them is what to compare with.
"""
import time
import torch
from torch import nn

torch.set_num_threads(2)


class Mixed(nn.Module):
    """swish(7.5) on even units, ptanh(1) on odd ones."""

    def forward(self, x):
        y = torch.empty_like(x)
        even, odd = x[:, 0::2], x[:, 1::2]
        y[:, 0::2] = even * torch.sigmoid(7.5 * even)
        y[:, 1::2] = (torch.tanh(odd) + torch.tanh(1.0 * odd)) / 2
        return y


def sticknet8(act):
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), act(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), act(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(7), nn.Flatten(),
        nn.Linear(784, 128), act(), nn.Dropout(0.5), nn.Linear(128, 128), act(), nn.Dropout(0.5), nn.Linear(128, 10),
    )


def mlp(act):
    return nn.Sequential(nn.Linear(784, 64), act(), nn.Linear(64, 64), act(), nn.Linear(64, 64), act(), nn.Linear(64, 10))


def median_step(net, x, labels, fused):
    adam, loss = torch.optim.Adam(net.parameters(), lr=1e-3, fused=fused), nn.CrossEntropyLoss()
    times = []
    began = time.perf_counter()
    while time.perf_counter() - began < 4 or len(times) < 30:
        start = time.perf_counter()
        adam.zero_grad(set_to_none=True)
        loss(net(x), labels).backward()
        adam.step()
        times.append(time.perf_counter() - start)
    return 1e3 * sorted(times)[len(times) // 2]


for name, make, shape in [("sticknet8", sticknet8, (128, 3, 32, 32)), ("mlp 784-64-64-64-10", mlp, (128, 784))]:
    for words, act in [("relu", nn.ReLU), ("mixed", Mixed)]:
        for flushed in [False, True]:
            torch.set_flush_denormal(flushed)
            for way, fused, last in [("eager", False, False), ("fused", True, False), ("fused, channels last", True, True)]:
                if last and len(shape) == 2:
                    continue
                torch.manual_seed(1)
                net, x, labels = make(act), torch.randn(shape), torch.randint(0, 10, (128,))
                if last:
                    net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
                suffix = ", denormals flushed" if flushed else ""
                print(f"{name}, batch 128, {words}: {way}{suffix}: {median_step(net, x, labels, fused):.2f} ms", flush=True)
