//! What a number of runs can say at all.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::ln_gamma;

/// How runs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// So many pairs.
    Pairs(usize),
    /// So many runs in each of two independent samples.
    Samples(usize, usize),
}

impl Design {
    /// Degrees of freedom, and the standard error of a difference of 1 standard deviation.
    fn of(self) -> Option<(f64, f64)> {
        match self {
            Design::Pairs(n) => (n > 1).then(|| (n as f64 - 1.0, (n as f64).sqrt().recip())),
            Design::Samples(n, m) => {
                (n > 0 && m > 0 && n + m > 2).then(|| ((n + m) as f64 - 2.0, (1.0 / n as f64 + 1.0 / m as f64).sqrt()))
            }
        }
    }
}

/// The true difference, in standard deviations (of the differences, for pairs), that a two-sided t test at `level` finds with
/// probability `power`: what smaller differences come to is mostly chance. `None` if there are too few runs for a test.
pub fn detectable_difference(design: Design, level: f64, power: f64) -> Option<f64> {
    let (freedom, error) = design.of()?;
    let critical = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(1.0 - level / 2.0);
    let found = |shift: f64| 1.0 - noncentral_t(critical, freedom, shift) + noncentral_t(-critical, freedom, shift);
    let (mut low, mut high) = (0.0, 1.0);
    while found(high) < power && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if found(middle) < power { low = middle } else { high = middle }
    }
    Some(high * error)
}

/// The smallest two-sided p that the exact Mann-Whitney test can come to with `n` and `m` runs: 2 / (n + m choose n).
pub fn smallest_rank_p(n: usize, m: usize) -> f64 {
    let factor = |i: usize| (m + i) as f64 / i as f64;
    (2.0 / (1..=n).map(factor).product::<f64>()).min(1.0)
}

/// P(T ≤ t) of the noncentral t distribution: the normal's, averaged over the spread that the runs may show by chance,
/// s = √(χ² / freedom).
fn noncentral_t(t: f64, freedom: f64, shift: f64) -> f64 {
    const STEPS: usize = 256;
    let Ok(normal) = Normal::new(0.0, 1.0) else { return f64::NAN };
    let scale = std::f64::consts::LN_2 + freedom / 2.0 * (freedom / 2.0).ln() - ln_gamma(freedom / 2.0);
    let density = |s: f64| (scale + (freedom - 1.0) * s.ln() - freedom * s * s / 2.0).exp();
    // The density is nothing beyond ten of its deviations, which are about 1 / √(2 freedom).
    let reach = 10.0 / (2.0 * freedom).sqrt();
    let (from, to) = ((1.0 - reach).max(0.0), 1.0 + reach);
    let width = (to - from) / STEPS as f64;
    // The midpoint rule: every point lies inside.
    let points = (0..STEPS).map(|step| from + (step as f64 + 0.5) * width);
    points.map(|s| normal.cdf(t * s - shift) * density(s)).sum::<f64>() * width
}
