"""What `hetc analyze` finds, from the definitions: numpy for dimensions and fits, PyTorch's derivatives for curvature."""
import itertools

import numpy as np
import torch

import nets

MASS = 0.99


def ratio(answers):
    """(sum of the covariance's eigenvalues)^2 over the sum of their squares, `[samples, units]`; None where nothing varies."""
    if answers.shape[1] <= 400:
        eigenvalues = np.linalg.eigvalsh(np.cov(answers.T))
    else:
        eigenvalues = np.linalg.svd(answers - answers.mean(0), compute_uv=False) ** 2
    squares = np.sum(eigenvalues**2)
    return float(np.sum(eigenvalues) ** 2 / squares) if squares > 0 else None


def participation(answers, labels):
    """Over all samples, and the mean over the classes of each class's."""
    overall = ratio(answers)
    if overall is None:
        return None, None
    return overall, float(np.mean([ratio(answers[labels == label]) for label in np.unique(labels)]))


def hessian(net):
    """All eigenvalues of the Hessian of the mean loss, ascending, by derivatives of derivatives."""
    names = net.trained()
    sizes = [net.p[name].numel() for name in names]
    flat = torch.cat([net.p[name].flatten() for name in names]).requires_grad_()
    parts = {name: part.view(net.p[name].shape) for name, part in zip(names, flat.split(sizes))}
    slopes = torch.autograd.grad(net.loss({**net.p, **parts}), flat, create_graph=True)[0]
    rows = [torch.autograd.grad(slope, flat, retain_graph=True)[0] for slope in slopes]
    matrix = torch.stack(rows).numpy()
    assert np.abs(matrix - matrix.T).max() < 1e-9
    return np.linalg.eigvalsh(matrix)


def quadratic(centres, values, within):
    """The nearest quadratic within the mask: coefficients of squares, products, arguments, 1."""
    arguments = centres.shape[1]
    pairs = list(itertools.combinations(range(arguments), 2))
    terms = lambda x: np.column_stack([x**2, *[x[:, i] * x[:, j] for i, j in pairs], x, np.ones(len(x))])
    x, y = centres[within], values[within]
    coefficients, _, rank, _ = np.linalg.lstsq(terms(x), y, rcond=None)
    if rank < terms(x).shape[1]:
        return None
    form = np.diag(coefficients[:arguments])
    for (i, j), product in zip(pairs, coefficients[arguments:]):
        form[i, j] = form[j, i] = product / 2
    fit = terms(x) @ coefficients
    return {
        "coefficients": coefficients,
        "curvature": np.linalg.det(form),
        "axes": np.linalg.eigvalsh(form),
        "r2": 1 - np.sum((y - fit) ** 2) / np.sum((y - y.mean()) ** 2),
        "cosine": 1 - fit @ y / np.linalg.norm(fit) / np.linalg.norm(y),
    }


def densest(density):
    """The fewest places that hold the mass."""
    order = np.argsort(-density, kind="stable")
    count = np.searchsorted(np.cumsum(density[order]), MASS * density.sum()) + 1
    within = np.zeros(len(density), bool)
    within[order[:count]] = True
    return within


def functions(net):
    """Every learned function of the network, on the grid from -5 to 5."""
    net.ask()
    return {cell: function(net, cell, args) for cell, args in nets.ARGS.items()}


def function(net, cell, args):
    points = 25 if args == 3 else 101
    middles = np.linspace(-5, 5, points)
    half = 5 / (points - 1)
    centres = np.stack(np.meshgrid(*[middles] * args, indexing="ij"), -1).reshape(-1, args)
    read = [net.before[layer].detach() for layer, (cells, _) in net.sites.items() if cells == [cell]]
    asked = np.concatenate([value.reshape(-1, args).numpy() for value in read])
    counts = np.histogramdd(asked, bins=[np.linspace(-5 - half, 5 + half, points + 1)] * args)[0].flatten()
    with torch.no_grad():
        values = nets.CELLS[cell](net.p, torch.tensor(centres)).flatten().numpy()
    density = counts / counts.sum() if counts.sum() else None
    fit = None if density is None else quadratic(centres, values, densest(density))
    return {"asked": len(asked), "beyond": 1 - counts.sum() / len(asked), "values": values, "density": density, "fit": fit}
