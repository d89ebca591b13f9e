"""Writes stats.json, the values that tests/stats.rs holds src/stats against.

Made with python 3.11, numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0.
"""
import itertools
import json
import pathlib

import numpy as np
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower

A = [61.2, 60.4, 62.9, 61.0, 60.1]
B = [58.3, 59.9, 57.2, 58.8, 60.5]
C = [58.31, 59.92, 57.25, 58.84, 60.53, 61.77, 55.16, 59.08]
rng = np.random.default_rng(3)
LONG = [round(float(x), 6) for x in rng.normal(60, 2, 12)]
LONGER = [round(float(x), 6) for x in rng.normal(61, 3, 30)]
TIED = [60.0, 61.0, 61.0, 62.0, 63.0, 63.0]
FAR = [90.0, 90.1, 90.2, 89.9, 90.05]
PAIRS = [(A, B), (A, C), (LONG, LONGER), (A, LONGER), (TIED, A), (TIED, TIED), (FAR, B), (LONG, LONG[::-1])]
NAMES = {"two_sided": "two-sided", "greater": "greater", "less": "less"}


def t_cases():
    for a, b in PAIRS:
        for kind, run in [
            ("student", lambda s: stats.ttest_ind(a, b, alternative=s)),
            ("welch", lambda s: stats.ttest_ind(a, b, equal_var=False, alternative=s)),
            ("paired", lambda s: stats.ttest_rel(a, b, alternative=s) if len(a) == len(b) else None),
        ]:
            for ours, side in NAMES.items():
                result = run(side)
                if result is None or not np.isfinite(result.statistic):
                    continue
                interval = run("two-sided").confidence_interval(0.95)
                yield {
                    "kind": kind, "a": a, "b": b, "alternative": ours, "t": result.statistic, "freedom": result.df,
                    "p": result.pvalue, "half_width": (interval.high - interval.low) / 2,
                }


def rank_cases():
    for a, b in PAIRS:
        for ours, side in NAMES.items():
            result = stats.mannwhitneyu(a, b, alternative=side, method="auto")
            yield {"a": a, "b": b, "alternative": ours, "u": result.statistic, "p": result.pvalue}


def doty_cases():
    """Their procedure: Student's two-sided test, halved towards `greater`; then BH over all rows."""
    ps = []
    for a, b in PAIRS:
        t, p = stats.ttest_ind(a, b)
        ps.append(float(p / 2 if t > 0 else 1 - p / 2))
    return {"pairs": PAIRS, "p": ps, "adjusted": multipletests(ps, method="fdr_bh")[1].tolist()}


def effect_cases():
    for a, b in PAIRS:
        a_, b_ = np.array(a), np.array(b)
        freedom = len(a) + len(b) - 2
        pooled = np.sqrt(((len(a) - 1) * a_.var(ddof=1) + (len(b) - 1) * b_.var(ddof=1)) / freedom)
        d = (a_.mean() - b_.mean()) / pooled
        factor = np.exp(special.gammaln(freedom / 2) - special.gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
        u = stats.mannwhitneyu(a, b).statistic
        paired = None
        if len(a) == len(b) and (a_ - b_).std(ddof=1) > 0:
            paired = (a_ - b_).mean() / (a_ - b_).std(ddof=1)
        yield {"a": a, "b": b, "d": d, "g": d * factor, "paired": paired, "rank": 2 * u / (len(a) * len(b)) - 1}


def bootstrap_cases():
    """All resamples of five values, so that no generator is compared with another; BCa by scipy's own definition."""
    for values, name, statistic in [(A, "mean", np.mean), (B, "median", np.median), (C[:5], "mean", np.mean)]:
        values = np.array(values)
        resampled = np.array([statistic(r) for r in itertools.product(values, repeat=5)])
        theta = statistic(values)
        below = ((resampled < theta).sum() + (resampled <= theta).sum()) / (2 * len(resampled))
        z0 = special.ndtri(below)
        jack = np.array([statistic(np.delete(values, i)) for i in range(5)])
        u = jack.mean() - jack
        a = (u**3).sum() / (6 * (u**2).sum() ** 1.5)
        z = special.ndtri(np.array([0.025, 0.975]))
        bca = np.quantile(resampled, special.ndtr(z0 + (z0 + z) / (1 - a * (z0 + z))))
        yield {"values": values.tolist(), "statistic": name, "percentile": np.quantile(resampled, [0.025, 0.975]).tolist(), "bca": bca.tolist()}


def scipy_bootstrap():
    values = np.array(LONG)
    out = {"values": LONG}
    for method in ["percentile", "BCa"]:
        ci = stats.bootstrap((values,), np.mean, n_resamples=200_000, method=method, rng=1, batch=5000).confidence_interval
        out[method.lower()] = [float(ci.low), float(ci.high)]
    return out


def power_cases():
    for n in [2, 3, 5, 10, 30, 200]:
        yield {"pairs": n, "difference": TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8, alternative="two-sided")}
    for n, m in [(2, 2), (3, 5), (10, 10), (50, 20)]:
        size = TTestIndPower().solve_power(nobs1=n, ratio=m / n, alpha=0.05, power=0.8, alternative="two-sided")
        yield {"samples": [n, m], "difference": size}


def smallest():
    for n, m in [(1, 1), (3, 3), (3, 5), (5, 5), (8, 10)]:
        a, b = list(range(n)), list(range(100, 100 + m))
        yield {"n": n, "m": m, "p": stats.mannwhitneyu(a, b, method="exact").pvalue}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


P = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34]
written = {
    "t": list(t_cases()),
    "rank": list(rank_cases()),
    "doty": doty_cases(),
    "effect": list(effect_cases()),
    "binomial": [
        {"k": k, "n": n, "probability": p, "p": stats.binomtest(k, n, p).pvalue}
        for k, n, p in [(10, 48, 0.5), (24, 48, 0.5), (0, 5, 0.5), (7, 9, 0.3), (3, 20, 0.15), (500, 1000, 0.52), (1, 1, 0.2)]
    ],
    "adjusted": [{"p": p, "adjusted": multipletests(p, method="fdr_bh")[1].tolist()} for p in [P, P[::-1], [0.5], [0.9, 0.01, 0.01]]],
    "bootstrap": list(bootstrap_cases()),
    "scipy_bootstrap": scipy_bootstrap(),
    "power": list(power_cases()),
    "smallest": list(smallest()),
}
path = pathlib.Path(__file__).parent / "stats.json"
path.write_text(json.dumps(plain(written), indent=1) + "\n")
