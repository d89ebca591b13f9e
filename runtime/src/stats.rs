//! The statistics of a comparison: means with confidence intervals, and differences between them.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Probability that an interval is to cover.
const COVERAGE: f64 = 0.95;

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
        self.values.iter().sum::<f64>() / self.len() as f64
    }

    /// The variance of their mean: the unbiased variance over how many there are. `None` below two.
    fn mean_variance(&self) -> Option<f64> {
        let (n, mean) = (self.len() as f64, self.mean());
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        (self.len() >= 2).then(|| squares / (n - 1.0) / n)
    }

    /// Mean ± t quantile × standard error (Student's t with n - 1 degrees of freedom).
    pub fn estimate(&self) -> Estimate {
        contrast(&[(1.0, self)])
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

/// A weighted sum of means of independent samples, without assuming equal variances: Welch's interval, with the degrees of freedom of
/// Welch and Satterthwaite. `contrast(&[(1.0, a), (-1.0, b)])` is the difference of two means.
pub fn contrast(terms: &[(f64, &Sample)]) -> Estimate {
    let value = terms.iter().map(|(weight, sample)| weight * sample.mean()).sum();
    let variances: Option<Vec<(f64, f64)>> = terms
        .iter()
        .map(|(weight, sample)| sample.mean_variance().map(|variance| (weight * weight * variance, sample.len() as f64 - 1.0)))
        .collect();
    let half_width = variances.and_then(|parts| {
        let variance: f64 = parts.iter().map(|(part, _)| part).sum();
        if variance == 0.0 {
            return Some(0.0);
        }
        let freedom = variance.powi(2) / parts.iter().map(|(part, freedom)| part.powi(2) / freedom).sum::<f64>();
        let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
        Some(student.inverse_cdf(0.5 + COVERAGE / 2.0) * variance.sqrt())
    });
    Estimate { value, half_width }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
    }

    // scipy: t.interval(0.95, 4, mean, sem) and Welch's ttest_ind(...).confidence_interval(); see tests/oracle/intervals.py.
    #[test]
    fn intervals_equal_those_of_scipy() {
        let a = Sample::new(vec![61.2, 60.4, 62.9, 61.0, 60.1]);
        let b = Sample::new(vec![58.3, 59.9, 57.2, 58.8, 60.5]);
        let estimate = a.estimate();
        close(estimate.value, 61.12);
        close(estimate.half_width.unwrap(), 1.3527870852520607);
        let difference = contrast(&[(1.0, &a), (-1.0, &b)]);
        close(difference.value, 2.18);
        close(difference.half_width.unwrap(), 1.7629459543308421);
    }

    #[test]
    fn one_run_has_no_interval() {
        assert_eq!(Sample::new(vec![1.0]).estimate(), Estimate { value: 1.0, half_width: None });
        assert_eq!(Sample::new(vec![2.0, 2.0]).estimate(), Estimate { value: 2.0, half_width: Some(0.0) });
    }
}
