"""Writes functions.json, the values that tests/functions.rs and tests/clusters.rs hold src/functions against.

Made with python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1.
"""
import itertools
import json
import pathlib

import numpy as np
from scipy import ndimage, special
from scipy.cluster import hierarchy
from scipy.spatial import distance
from sklearn.metrics import silhouette_score

rng = np.random.default_rng(17)
AXES = {1: [(-4.0, 4.0, 31)], 2: [(-4.0, 4.0, 16), (-3.0, 5.0, 13)], 3: [(-3.5, 3.5, 7), (-4.0, 4.0, 8), (-3.0, 3.0, 6)]}
SIGMA, OUTSIDE, MASK, RANKS = 0.5, 0.02, 0.95, 6


def centres(axes):
    lines = [low + (np.arange(cells) + 0.5) * (high - low) / cells for low, high, cells in axes]
    return np.stack(np.meshgrid(*lines, indexing="ij"), -1).reshape(-1, len(axes))


def learned(x, bent):
    """Values of a random network with one hidden layer, with a random quadratic added."""
    n = x.shape[1]
    weights, biases, out = rng.normal(size=(n, 8)), rng.normal(size=8), rng.normal(size=8)
    form = rng.normal(size=(n, n))
    return np.round(np.tanh(x @ weights / 2 + biases) @ out + bent * np.einsum("pi,ij,pj->p", x, form, x), 6)


def mask(mass):
    order = np.argsort(-mass, kind="stable")
    enough = np.searchsorted(np.cumsum(mass[order]), MASK * mass.sum()) + 1
    within = np.zeros(len(mass), bool)
    within[order[:enough]] = True
    return within


def density(n, axes):
    inputs = (rng.normal(size=(600, n)) * np.linspace(1, 1.6, n) + 0.4).astype(np.float32)
    inputs[0] = 50
    doubles = inputs.astype(float)
    counts, _ = np.histogramdd(doubles, bins=[a[2] for a in axes], range=[a[:2] for a in axes])
    sigmas = [SIGMA * cells / (high - low) for low, high, cells in axes]
    blurred = ndimage.gaussian_filter(counts, sigmas, mode="constant", truncate=4.0)
    blurred = (blurred / blurred.sum()).flatten()
    ranges = np.quantile(doubles, [OUTSIDE, 1 - OUTSIDE], axis=0).T
    return {
        "inputs": [float(np.format_float_positional(v)) for v in inputs.flatten()], "counts": counts.flatten().tolist(),
        "outside": int(len(inputs) - counts.sum()), "blurred": blurred.tolist(), "mask": mask(blurred).tolist(),
        "range": ranges.tolist(),
    }


def fit(x, values, weights):
    n = x.shape[1]
    pairs = list(itertools.combinations(range(n), 2))
    columns = [x[:, i] ** 2 for i in range(n)] + [x[:, i] * x[:, j] for i, j in pairs] + [x[:, i] for i in range(n)]
    rows = np.stack([*columns, np.ones(len(x))], 1)
    root = np.sqrt(weights)
    solution = np.linalg.lstsq(rows * root[:, None], values * root, rcond=None)[0]
    mse = np.average((values - rows @ solution) ** 2, weights=weights)
    form = np.diag(solution[:n])
    for (i, j), c in zip(pairs, solution[n:]):
        form[i, j] = form[j, i] = c / 2
    curvature = [solution[0], solution[0] * solution[1] - solution[2] ** 2 / 4 if n == 2 else None, np.linalg.det(form)][n - 1]
    return {
        "coefficients": solution.tolist(), "mse": mse, "curvature": float(curvature),
        "r2": 1 - mse / np.average((values - np.average(values, weights=weights)) ** 2, weights=weights),
        "eigenvalues": np.linalg.eigvalsh(form).tolist(),
    }


def standard(x, values, weights):
    p = weights / weights.sum()
    place = x - p @ x
    place /= np.sqrt((p @ place**2).mean())
    f = values - p @ values
    return place, f / np.sqrt(p @ f**2) * p


def hermite(x, values, weights, envelope):
    place, pf = standard(x, values, weights)
    r, angle = np.hypot(*place.T), np.arctan2(place[:, 1], place[:, 0])
    power = []
    for rank in range(RANKS + 1):
        parts = [0.0] * (rank + 1)
        for mu in range(rank, -1, -2):
            nu = (rank - mu) // 2
            norm = np.sqrt(special.factorial(nu) / (2 * np.pi * 2.0**mu * special.factorial(nu + mu)))
            radial = norm * r**mu * special.eval_genlaguerre(nu, mu, r**2 / 2) * envelope(r)
            signs = [1] if mu == 0 else [1, -1]
            parts[mu] = float(sum(abs((pf * radial * np.exp(1j * s * mu * angle)).sum()) ** 2 for s in signs))
        power.append(parts)
    return power


def solid(x, values, weights):
    place, pf = standard(x, values, weights)
    r = np.linalg.norm(place, axis=1)
    polar, around = np.arccos(place[:, 2] / r), np.arctan2(place[:, 1], place[:, 0])
    power = []
    for degree in range(RANKS + 1):
        norm = np.sqrt(4 * np.pi / special.factorial2(2 * degree + 1))
        sums = [(pf * norm * r**degree * special.sph_harm_y(degree, m, polar, around)).sum() for m in range(-degree, degree + 1)]
        squares = np.abs(sums) ** 2
        power.append([float(squares[degree])] + [float(squares[degree + m] + squares[degree - m]) for m in range(1, degree + 1)])
    return power


def case(n):
    axes = AXES[n]
    x, seen = centres(axes), density(n, axes)
    functions = [learned(x, bent) for bent in (0.0, 0.5)]
    weights = {"density": np.array(seen["blurred"]), "mask": np.array(seen["mask"], float)}
    kinds = {
        2: {"functions": lambda *f: hermite(*f, lambda r: np.exp(-r**2 / 4)), "polynomials": lambda *f: hermite(*f, lambda r: np.sqrt(2 * np.pi))},
        3: {"solid": solid},
    }.get(n, {})
    a, b, w = functions[0], functions[1], weights["density"]
    return {
        "axes": axes, "density": seen, "centre_of_5": x[5].tolist(), "functions": [f.tolist() for f in functions],
        "fits": [{name: fit(x, f, w) for name, w in weights.items()} for f in functions],
        "power": [{name: power(x, f, w) for name, power in kinds.items()} for f in functions],
        "distances": {
            "rms": np.sqrt(np.average((a - b) ** 2, weights=w)), "cosine": distance.cosine(a, b, w),
            "correlation": distance.correlation(a, b, w), "unsigned": 1 - abs(1 - distance.correlation(a, b, w)),
        },
    }


def clusters(items, kinds):
    points = rng.normal(size=(items, 3)) + 2 * (np.arange(items) % kinds)[:, None]
    apart = distance.pdist(points)
    tree = hierarchy.linkage(apart, "average")
    cuts = [hierarchy.fcluster(tree, k, "maxclust").tolist() for k in range(1, items + 1)]
    height = float(np.median(tree[:, 2])) + 1e-6
    square = distance.squareform(apart)
    return {
        "distances": apart.tolist(), "merges": tree.tolist(), "cuts": cuts, "height": height,
        "cut_at": hierarchy.fcluster(tree, height, "distance").tolist(),
        "silhouettes": [silhouette_score(square, cut, metric="precomputed") for cut in cuts[1:-1]],
    }


numbers = {
    "sigma": SIGMA, "outside": OUTSIDE, "mask": MASK, "ranks": RANKS, "cases": [case(n) for n in (1, 2, 3)],
    "clusters": [clusters(12, 3), clusters(25, 4), clusters(3, 2)],
}
json.dump(numbers, (pathlib.Path(__file__).parent / "functions.json").open("w"))
