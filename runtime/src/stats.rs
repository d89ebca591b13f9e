//! The statistics of a comparison: means with confidence intervals.

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

    /// Mean ± t quantile × standard error (Student's t with n - 1 degrees of freedom). Runs that do not differ at all, and fewer than
    /// two, say nothing about chance.
    pub fn estimate(&self) -> Estimate {
        let (n, mean) = (self.len() as f64, self.mean());
        let squares: f64 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        let student = StudentsT::new(0.0, 1.0, n - 1.0).ok().filter(|_| squares > 0.0);
        let half_width = student.map(|student| student.inverse_cdf(0.5 + COVERAGE / 2.0) * (squares / (n - 1.0) / n).sqrt());
        Estimate { value: mean, half_width }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
    }

    // scipy's t.interval(0.95, n - 1, mean, sem); see tests/oracle/intervals.py.
    #[test]
    fn intervals_equal_those_of_scipy() {
        let a = [61.2, 60.4, 62.9, 61.0, 60.1];
        let b = [58.3, 59.9, 57.2, 58.8, 60.5];
        let estimate = Sample::new(a.to_vec()).estimate();
        close(estimate.value, 61.12);
        close(estimate.half_width.unwrap(), 1.3527870852520607);
        let differences = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let estimate = Sample::new(differences).estimate();
        close(estimate.value, 2.18);
        close(estimate.half_width.unwrap(), 2.937526157225614);
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(Sample::new(vec![1.0]).estimate(), Estimate { value: 1.0, half_width: None });
        assert_eq!(Sample::new(vec![2.0, 2.0]).estimate(), Estimate { value: 2.0, half_width: None });
    }
}
