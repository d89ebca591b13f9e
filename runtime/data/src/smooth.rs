//! Smooth random functions on a grid: what an inner network is pretrained on.
//!
//! Yoon et al. (2021), session I: uniform noise at every point of a grid, blurred with a Gaussian. The numbers are those of the authors'
//! code (`dataset/innernet_data.py`), which differ from the text: 101 points along each axis from -5 to 5, a standard deviation of 1/3.

use crate::{DataError, Dataset, Pixels, Split, Targets, Task, random::RandomState};
use serde::Serialize;

/// A smooth random function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// How many values it is a function of: 1 to 3.
    pub inputs: usize,
    /// The first and the last point along each axis.
    pub range: [f64; 2],
    /// How many points an axis has; at least 2.
    pub points: usize,
    /// The standard deviation of the Gaussian, in units of the axes; 0 leaves the noise as it is.
    pub sigma: f64,
    /// The seed of the noise: numpy's `RandomState(seed).uniform(-1, 1)`, the last axis fastest.
    pub seed: u32,
}

/// A function on a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The points, `[points ^ inputs, inputs]`; the last input runs fastest.
    pub inputs: Vec<f32>,
    /// The function there, `[points ^ inputs]`.
    pub targets: Vec<f32>,
}

impl Default for Field {
    /// That of the authors' code, of two values.
    fn default() -> Self {
        Self { inputs: 2, range: [-5.0, 5.0], points: 101, sigma: 1.0 / 3.0, seed: 0 }
    }
}

impl Field {
    /// The most points of a grid.
    const MOST: usize = 1 << 24;
    /// Beyond so many standard deviations a Gaussian is less than the last bit of a double.
    const REACH: f64 = 9.0;

    /// The function at every point of its grid.
    pub fn generate(&self) -> Result<Grid, DataError> {
        self.check()?;
        let total = self.points.pow(self.inputs as u32);
        let mut random = RandomState::new(self.seed);
        let mut values: Vec<f64> = (0..total).map(|_| 2.0 * random.uniform() - 1.0).collect();
        let kernel = self.kernel();
        for axis in 0..self.inputs {
            values = blur(&values, self.points, self.points.pow(axis as u32), &kernel);
        }
        let axis = self.axis();
        let place = |at: usize, input: usize| at / self.points.pow((self.inputs - 1 - input) as u32) % self.points;
        let inputs = (0..total).flat_map(|at| (0..self.inputs).map(move |input| (at, input)));
        Ok(Grid {
            inputs: inputs.map(|(at, input)| axis[place(at, input)] as f32).collect(),
            targets: values.into_iter().map(|value| value as f32).collect(),
        })
    }

    /// The function as a data set; both splits are the whole grid.
    pub fn dataset(&self) -> Result<Dataset, DataError> {
        let Grid { inputs, targets } = self.generate()?;
        let train = Split { inputs: Pixels::Floats(inputs), targets: Targets::Values { width: 1, values: targets } };
        let Self { inputs, range: [low, high], points, sigma, seed } = self;
        let points = vec![points.to_string(); *inputs].join(" × ");
        Ok(Dataset {
            name: "smooth".into(),
            test: train.clone(),
            train,
            validation: Split::default(),
            task: Task::Values(1),
            sample: vec![*inputs],
            source: format!(
                "smooth random field on {points} points of [{low}, {high}], sigma {sigma:.4}, seed {seed}; the test points are the training points"
            ),
        })
    }

    pub(crate) fn check(&self) -> Result<(), DataError> {
        let argument = |argument, expected, found| Err(DataError::Argument { argument, expected, found });
        let [low, high] = self.range;
        if !(1..=3).contains(&self.inputs) {
            return argument("inputs", "1 to 3", self.inputs.to_string());
        }
        if !(low.is_finite() && high.is_finite() && low < high) {
            return argument("range", "two finite numbers in rising order", format!("[{low}, {high}]"));
        }
        let total = self.points.checked_pow(self.inputs as u32);
        if self.points < 2 || total.is_none_or(|total| total > Self::MOST) {
            return argument("points", "at least 2, and at most 16777216 in all", self.points.to_string());
        }
        if !(0.0..=high - low).contains(&self.sigma) {
            return argument("sigma", "at least 0, and at most the length of `range`", self.sigma.to_string());
        }
        Ok(())
    }

    fn step(&self) -> f64 {
        (self.range[1] - self.range[0]) / (self.points - 1) as f64
    }

    fn axis(&self) -> Vec<f64> {
        let mut axis: Vec<f64> = (0..self.points).map(|at| self.range[0] + at as f64 * self.step()).collect();
        axis[self.points - 1] = self.range[1];
        axis
    }

    /// The Gaussian at whole steps to both sides, with the sum 1 over all of them; kept as far as the grid reaches.
    fn kernel(&self) -> Vec<f64> {
        let sigma = self.sigma / self.step();
        let weight = |t: i64| if t == 0 { 1.0 } else { (-0.5 * (t as f64 / sigma).powi(2)).exp() };
        let reach = (Self::REACH * sigma).ceil() as i64;
        let total: f64 = (-reach..=reach).map(weight).sum();
        let reach = reach.min(self.points as i64 - 1);
        (-reach..=reach).map(|t| weight(t) / total).collect()
    }
}

/// Blurs along one axis, whose neighbours lie `stride` apart; outside the grid there is nothing.
fn blur(values: &[f64], points: usize, stride: usize, kernel: &[f64]) -> Vec<f64> {
    let reach = kernel.len() / 2;
    let at = |index: usize| {
        let place = index / stride % points;
        let start = index - place * stride;
        let (first, last) = (place.saturating_sub(reach), (place + reach).min(points - 1));
        (first..=last).map(|other| values[start + other * stride] * kernel[other + reach - place]).sum()
    };
    (0..values.len()).map(at).collect()
}
