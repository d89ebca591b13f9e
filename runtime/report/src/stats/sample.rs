//! A set of numbers, its mean, and how sure the mean is.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Probability that an interval is to cover.
pub const COVERAGE: f64 = 0.95;

/// A value and how far the truth may be from it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Half the width of the 95 % confidence interval; `None` where the samples are too few to say.
    pub half_width: Option<f64>,
}

/// What a set of runs came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// One number a run.
    pub values: Vec<f64>,
}

impl Sample {
    /// Of these numbers.
    pub fn new(values: Vec<f64>) -> Self {
        Self { values }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Their mean; NaN if there are none.
    pub fn mean(&self) -> f64 {
        mean(&self.values)
    }

    /// Their standard deviation with n - 1; `None` for fewer than two. Doty et al. draw 1.98 of these as error bars.
    pub fn deviation(&self) -> Option<f64> {
        (self.len() > 1).then(|| variance(&self.values).sqrt())
    }

    /// Mean ± t quantile × standard error (Student's t with n - 1 degrees of freedom). Runs that do not differ at all, and fewer than
    /// two, say nothing about chance.
    pub fn estimate(&self) -> Estimate {
        let (n, mean) = (self.len() as f64, self.mean());
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        let quantile = quantile(n - 1.0).filter(|_| squares > 0.0);
        Estimate { value: mean, half_width: quantile.map(|quantile| quantile * (squares / (n - 1.0) / n).sqrt()) }
    }

    /// The smallest.
    pub fn min(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The largest.
    pub fn max(&self) -> f64 {
        self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }
}

/// How many standard errors the 95 % interval reaches to either side.
pub(super) fn quantile(freedom: f64) -> Option<f64> {
    StudentsT::new(0.0, 1.0, freedom).ok().map(|student| student.inverse_cdf(0.5 + COVERAGE / 2.0))
}

/// NaN for no values.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// With n - 1; NaN or infinite for fewer than two values.
pub(super) fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// `a - b`, pair by pair.
pub(super) fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}
