//! Intervals from resampling (Efron 1979, 1987).

use super::sample::mean;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// What a statistic comes to on resamples of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// On the sample itself.
    value: f64,
    /// On each resample, ascending.
    resampled: Vec<f64>,
    /// With each value of the sample left out.
    without: Vec<f64>,
}

impl Bootstrap {
    /// Draws `resamples` samples as large as `values` from `values`, with replacement. The same seed, the same draws, on any machine.
    /// `None` for fewer than two values or no resamples.
    pub fn draw(values: &[f64], statistic: impl Fn(&[f64]) -> f64, resamples: usize, seed: u64) -> Option<Self> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut resample = || (0..values.len()).map(|_| values[below(&mut random, values.len())]).collect::<Vec<f64>>();
        let drawn: Vec<Vec<f64>> = (0..if values.len() > 1 { resamples } else { 0 }).map(|_| resample()).collect();
        Self::of(values, statistic, drawn)
    }

    /// From resamples that are given, for instance all there are.
    pub fn of(values: &[f64], statistic: impl Fn(&[f64]) -> f64, resamples: impl IntoIterator<Item = Vec<f64>>) -> Option<Self> {
        let mut resampled: Vec<f64> = resamples.into_iter().map(|resample| statistic(&resample)).collect();
        resampled.sort_by(f64::total_cmp);
        let without = |left_out: usize| {
            let rest = values.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, value)| *value);
            statistic(&rest.collect::<Vec<f64>>())
        };
        let enough = values.len() > 1 && !resampled.is_empty();
        enough.then(|| Self { value: statistic(values), resampled, without: (0..values.len()).map(without).collect() })
    }

    /// The percentile interval.
    pub fn percentile(&self, coverage: f64) -> Interval {
        let outside = (1.0 - coverage) / 2.0;
        Interval { low: self.quantile(outside), high: self.quantile(1.0 - outside) }
    }

    /// The bias-corrected and accelerated interval; `None` where all resamples lie to one side of the value, or nothing varies.
    pub fn bca(&self, coverage: f64) -> Option<Interval> {
        let normal = Normal::new(0.0, 1.0).ok()?;
        let points = self.resampled.iter().map(|value| f64::from(*value < self.value) + 0.5 * f64::from(*value == self.value));
        let bias = normal.inverse_cdf(points.sum::<f64>() / self.resampled.len() as f64);
        let centre = mean(&self.without);
        let power = |exponent| self.without.iter().map(|value| (centre - value).powi(exponent)).sum::<f64>();
        let acceleration = power(3) / (6.0 * power(2).powf(1.5));
        let end = |probability: f64| {
            let z = bias + normal.inverse_cdf(probability);
            self.quantile(normal.cdf(bias + z / (1.0 - acceleration * z)))
        };
        let outside = (1.0 - coverage) / 2.0;
        (bias.is_finite() && acceleration.is_finite()).then(|| Interval { low: end(outside), high: end(1.0 - outside) })
    }

    /// Linear between the resamples, as numpy's.
    fn quantile(&self, probability: f64) -> f64 {
        let place = probability.clamp(0.0, 1.0) * (self.resampled.len() - 1) as f64;
        let (below, above) = (self.resampled[place.floor() as usize], self.resampled[place.ceil() as usize]);
        below + (above - below) * place.fract()
    }
}

/// A whole number from 0 to `n - 1`; what is not even is below n / 2⁶⁴.
pub(super) fn below(random: &mut ChaCha8Rng, n: usize) -> usize {
    ((u128::from(random.next_u64()) * n as u128) >> 64) as usize
}
