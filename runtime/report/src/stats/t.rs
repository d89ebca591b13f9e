//! Student's t tests for two samples, with equal variances or without (Welch 1947), and for pairs.

use super::Alternative;
use super::sample::{Estimate, differences, mean, quantile, variance};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// What a t test says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TTest {
    /// Mean of the first sample minus mean of the second, with its 95 % interval (two-sided, whatever the alternative).
    pub difference: Estimate,
    /// The difference in standard errors.
    pub t: f64,
    /// Degrees of freedom.
    pub freedom: f64,
    /// Probability of such a `t` or a more extreme one by chance alone.
    pub p: f64,
}

/// Two samples with equal variances.
pub fn student(a: &[f64], b: &[f64], alternative: Alternative) -> Option<TTest> {
    let (n, m) = sizes(a, b)?;
    let freedom = n + m - 2.0;
    let pooled = ((n - 1.0) * variance(a) + (m - 1.0) * variance(b)) / freedom;
    test(mean(a) - mean(b), (pooled * (1.0 / n + 1.0 / m)).sqrt(), freedom, alternative)
}

/// Two samples whose variances may differ; degrees of freedom by Welch and Satterthwaite.
pub fn welch(a: &[f64], b: &[f64], alternative: Alternative) -> Option<TTest> {
    let (n, m) = sizes(a, b)?;
    let (of_a, of_b) = (variance(a) / n, variance(b) / m);
    let freedom = (of_a + of_b).powi(2) / (of_a.powi(2) / (n - 1.0) + of_b.powi(2) / (m - 1.0));
    test(mean(a) - mean(b), (of_a + of_b).sqrt(), freedom, alternative)
}

/// Pairs: `a[i]` belongs to `b[i]`. `None` too where the two have different lengths.
pub fn paired(a: &[f64], b: &[f64], alternative: Alternative) -> Option<TTest> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let differences = differences(a, b);
    let n = a.len() as f64;
    test(mean(&differences), (variance(&differences) / n).sqrt(), n - 1.0, alternative)
}

fn sizes(a: &[f64], b: &[f64]) -> Option<(f64, f64)> {
    (a.len() > 1 && b.len() > 1).then_some((a.len() as f64, b.len() as f64))
}

fn test(difference: f64, error: f64, freedom: f64, alternative: Alternative) -> Option<TTest> {
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok().filter(|_| error > 0.0)?;
    let t = difference / error;
    let p = match alternative {
        Alternative::TwoSided => 2.0 * distribution.sf(t.abs()),
        Alternative::Greater => distribution.sf(t),
        Alternative::Less => distribution.cdf(t),
    };
    let half_width = quantile(freedom).map(|quantile| quantile * error);
    Some(TTest { difference: Estimate { value: difference, half_width }, t, freedom, p })
}
