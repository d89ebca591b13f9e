#!/usr/bin/env python3
"""Writes what tests/{smooth,ode,portions,pictures,arrays}.rs compare with, into the folder of this script.

numpy 2.4.6, scipy 1.17.1, Pillow 13.0.0, torchvision 0.29.2, safetensors 0.8.0.
"""
import json
import os

import numpy as np
from PIL import Image
from safetensors.numpy import save_file
from scipy.integrate import solve_ivp
from scipy.ndimage import gaussian_filter
from torchvision import transforms

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, "sets", name)


def field(inputs, low, high, points, sigma, seed):
    """Uniform noise on a grid, blurred; zero outside, as convolve(..., mode="same") with the Gaussian on the whole grid has it."""
    noise = np.random.RandomState(seed).uniform(-1, 1, size=(points,) * inputs)
    step = (high - low) / (points - 1)
    blurred = gaussian_filter(noise, sigma / step, mode="constant", cval=0.0, truncate=12.0)
    rows = np.linspace(0, blurred.size - 1, 40).astype(int)
    axis = np.linspace(low, high, points)
    places = np.stack(np.unravel_index(rows, blurred.shape), 1)
    return dict(inputs=inputs, range=[low, high], points=points, sigma=sigma, seed=seed, rows=rows.tolist(),
                at=axis[places].tolist(), values=blurred.reshape(-1)[rows].tolist(),
                mean=float(blurred.mean()), sd=float(blurred.std()))


def rates(t, y):
    return [y[1], 2.7 * (1 - y[0] ** 2) * y[1] - y[0]]


def van_der_pol():
    """States from (1, 0) by another method at a far smaller error, and the box of starting points."""
    times = [0.05, 0.1, 1.0, 5.0]
    solution = solve_ivp(rates, (0, 5), [1.0, 0.0], method="DOP853", rtol=1e-12, atol=1e-13, t_eval=times)
    starts = np.random.RandomState(5).uniform([-3.0, -5.0], [3.0, 5.0], size=(4, 2))
    return dict(times=times, states=solution.y.T.tolist(), starts=starts.tolist())


def portions():
    """Samples of unequal classes, and which of them are taken: shares of the whole, then as many of each."""
    labels = [(7 * i * i + i) % 5 if i % 3 else 0 for i in range(97)]
    groups = [[i for i, label in enumerate(labels) if label == k] for k in range(5)]

    def pick(groups, quotas, seed):
        random = np.random.RandomState(seed)
        return sorted(int(group[at]) for group, quota in zip(groups, quotas) for at in random.permutation(len(group))[:quota])

    sizes = np.array([len(group) for group in groups])
    exact = sizes * 20 / sizes.sum()
    quotas = np.floor(exact).astype(int)
    for k in np.argsort(-(exact - quotas), kind="stable")[: 20 - quotas.sum()]:
        quotas[k] += 1
    validation = pick(groups, quotas, 3)
    rest = [i for i in range(97) if i not in validation]
    left = [[i for i in range(len(rest)) if labels[rest[i]] == k] for k in range(5)]
    equal = [0] * 5
    while sum(equal) < 40:
        for k in range(5):
            if equal[k] < len(left[k]) and sum(equal) < 40:
                equal[k] += 1
    train = [rest[i] for i in pick(left, equal, 3)]
    plain = pick([list(range(97))], [20], 3)
    return dict(labels=labels, quotas=quotas.tolist(), equal=equal, validation=validation, train=train, plain=plain)


def pictures():
    """One coloured image, and what torchvision makes of it."""
    random = np.random.RandomState(1)
    rows, columns = np.mgrid[0:23, 0:37]
    image = np.stack([rows * 9, columns * 6, rows * columns % 256], 2) * 0.8 + random.uniform(0, 50, (23, 37, 3))
    image = Image.fromarray(image.astype(np.uint8))
    image.save(path("picture.png"))
    ways = {
        "resize 8": transforms.Resize(8),
        "resize 31": transforms.Resize(31),
        "resize 40x11": transforms.Resize((40, 11)),
        "centre_crop 10": transforms.CenterCrop(10),
        "centre_crop 30": transforms.CenterCrop(30),
        "centre_crop 30,resize 12": transforms.Compose([transforms.CenterCrop(30), transforms.Resize(12)]),
    }
    made = {}
    for name, way in ways.items():
        pixels = np.asarray(way(image)).transpose(2, 0, 1)
        made[name] = dict(shape=list(pixels.shape), pixels=pixels.reshape(-1).tolist())
    return made


def arrays():
    grid = np.arange(24).reshape(4, 2, 3)
    for name in ["u1", "i2", "<i4", ">i8", "<f4", ">f8", "?"]:
        np.save(path(f"{name.strip('<>?') or 'bool'}.npy"), (grid - (0 if name in ("u1", "?") else 3)).astype(name))
    with open(path("u1_version2.npy"), "wb") as file:
        np.lib.format.write_array(file, grid.astype(np.uint8), version=(2, 0))
    np.save(path("half.npy"), grid.astype(np.float16))
    np.save(path("fortran.npy"), np.asfortranarray(grid.astype(np.float32)))
    labels = np.array([2, 0, 1, 2])
    np.savez(path("stored.npz"), inputs=grid.astype(np.float32), targets=labels, other=grid.astype(np.float64) / 2)
    np.savez_compressed(path("packed.npz"), inputs=grid.astype(np.float32), targets=labels)
    save_file({"inputs": grid.astype(np.float32), "targets": labels, "numbers": grid[:, 0, :2].astype(np.float64) / 4},
              path("both.safetensors"))


os.makedirs(path(""), exist_ok=True)
arrays()
fields = [field(1, -5, 5, 101, 1 / 3, 7), field(2, -5, 5, 101, 1 / 3, 0), field(2, -1, 2, 30, 1.5, 3), field(3, -5, 5, 21, 0.8, 11)]
facts = dict(fields=fields, van_der_pol=van_der_pol(), portions=portions(), pictures=pictures())
with open(path("facts.json"), "w") as file:
    json.dump(facts, file, separators=(",", ":"))
    file.write("\n")
