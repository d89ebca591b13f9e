"""Prints the confidence intervals that src/stats.rs is checked against. Needs scipy."""
from scipy import stats
import numpy as np

a = np.array([61.2, 60.4, 62.9, 61.0, 60.1])
b = np.array([58.3, 59.9, 57.2, 58.8, 60.5])
low, high = stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a))
print("mean of a", a.mean(), "half width", (high - low) / 2)
interval = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
print("a - b", a.mean() - b.mean(), "half width", (interval.high - interval.low) / 2)
