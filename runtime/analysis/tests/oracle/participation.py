"""Writes participation.json, the values that tests/participation.rs holds src/participation.rs against: ratios from the eigenvalues of
numpy's covariance of the units.

Made with python 3.11, numpy 2.4.6.
"""
import json
import pathlib

import numpy as np

CLASSES = 3


def ratio(x):
    """x: [samples, units]"""
    values = np.linalg.eigvalsh(np.atleast_2d(np.cov(x, rowvar=False)))
    return float(values.sum() ** 2 / (values**2).sum())


def case(samples, units, rank, offset, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, rank)) @ rng.normal(size=(rank, units)) + 0.1 * rng.normal(size=(samples, units))
    x = (x + offset * rng.normal(size=units)).astype(np.float32)
    labels = rng.permutation(np.arange(samples) % CLASSES)
    doubles = x.astype(float)
    return {
        "samples": samples, "units": units, "x": [float(np.format_float_positional(v)) for v in x.flatten()],
        "labels": labels.tolist(), "ratio": ratio(doubles), "within": [ratio(doubles[labels == c]) for c in range(CLASSES)],
    }


cases = [case(18, 7, 3, 0, 1), case(15, 40, 5, 3, 2), case(20, 60, 2, 1000, 3), case(9, 1, 1, 0, 4)]
json.dump({"classes": CLASSES, "cases": cases}, (pathlib.Path(__file__).parent / "participation.json").open("w"))
