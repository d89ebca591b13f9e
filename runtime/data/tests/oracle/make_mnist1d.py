#!/usr/bin/env python3
"""Writes the values that tests/mnist1d.rs compares the generator with:  make_mnist1d.py > mnist1d.txt

Needs PyPI mnist1d==0.0.2.post1 (Apache-2.0), the authors' package, with numpy and scipy. A set is a line of its arguments, its
first and its last row in full, and a line for each sample, training split first: its label, the sum of its values and the sum of
i * x[i]^2 with i from 1.
"""
import numpy as np
from mnist1d.data import get_dataset_args, make_dataset

OTHER = dict(num_samples=207, train_split=0.65, template_len=31, padding=[3, 20], scale_coeff=0.9, max_translation=77,
             corr_noise_scale=0.5, iid_noise_scale=0.1, shear_scale=1.5, shuffle_seq=True, final_seq_length=64, seed=4_000_000_007)


def show(name, changes):
    args = get_dataset_args()
    for key, value in changes.items():
        assert hasattr(args, key)
        setattr(args, key, value)
    data = make_dataset(args)
    x, y = np.concatenate([data["x"], data["x_test"]]), np.concatenate([data["y"], data["y_test"]])
    print("set", name, "train", len(data["x"]), "samples", len(x), "points", x.shape[1])
    for row in (x[0], x[-1]):
        print("row", *(f"{value:.12f}" for value in row))
    weights = np.arange(1, x.shape[1] + 1)
    for label, row in zip(y, x):
        print(label, f"{row.sum():.10f}", f"{(weights * row**2).sum():.10f}")


show("default", {})
show("other", OTHER)
