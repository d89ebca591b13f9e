"""Prints the confidence intervals that src/stats.rs is checked against. Needs scipy."""
from scipy import stats
import numpy as np

a = np.array([61.2, 60.4, 62.9, 61.0, 60.1])
b = np.array([58.3, 59.9, 57.2, 58.8, 60.5])
for name, sample in [("a", a), ("a - b, pair by pair", a - b)]:
    low, high = stats.t.interval(0.95, len(sample) - 1, sample.mean(), stats.sem(sample))
    print(name, "mean", sample.mean(), "half width", (high - low) / 2)
