//! What a cell is pretrained on: values on a grid of its arguments.

use hetc_compiler::formula::Formula;
use hetc_data::smooth::Field;
use serde::{Deserialize, Serialize};

/// A grid and the values that a cell is to learn on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Along each argument the grid goes from here …
    #[serde(default = "low")]
    pub low: f64,
    /// … to here, both included.
    #[serde(default = "high")]
    pub high: f64,
    /// Places along each argument; at least 2.
    #[serde(default = "points")]
    pub points: usize,
    /// What is to be learnt there.
    pub values: Values,
}

/// What is to be learnt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Values {
    /// A formula: `sin(x)`, `x1, x2 -> x1*x2`.
    Formula(Formula),
    /// A smooth random function, another for every seed of a training: uniform noise at every place, blurred by a Gaussian (Yoon et al.
    /// 2021, session I; see [`hetc_data::smooth`]).
    Smooth {
        /// Its standard deviation, in units of the arguments.
        sigma: f64,
    },
    /// Nothing: zeros.
    None,
}

fn low() -> f64 {
    -5.0
}

fn high() -> f64 {
    5.0
}

fn points() -> usize {
    101
}

/// The most values of a grid.
pub const MOST: usize = 1 << 24;

impl Target {
    /// On the grid of Yoon et al. (2021): 101 places from -5 to 5.
    pub fn new(values: Values) -> Self {
        Self { low: low(), high: high(), points: points(), values }
    }

    /// Values of the grid, if a cell of so many arguments can learn them and there are no more than [`MOST`].
    pub fn len(&self, inputs: usize) -> Option<usize> {
        let fits = match &self.values {
            Values::Formula(formula) => usize::from(formula.inputs()) == inputs,
            Values::Smooth { .. } => (1..=3).contains(&inputs),
            Values::None => true,
        };
        self.points.checked_pow(inputs as u32).filter(|len| fits && *len <= MOST)
    }

    /// The arguments of every place, `[places, inputs]`, the last argument moving fastest.
    pub fn arguments(&self, inputs: usize) -> Vec<f32> {
        let step = (self.high - self.low) / (self.points - 1) as f64;
        let places = self.points.pow(inputs as u32);
        let coordinate = |place: usize, axis: usize| place / self.points.pow((inputs - 1 - axis) as u32) % self.points;
        (0..places)
            .flat_map(|place| (0..inputs).map(move |axis| (self.low + step * coordinate(place, axis) as f64) as f32))
            .collect()
    }

    /// The values at these arguments, which are those of the grid; `seed` is of values that are drawn.
    pub fn values(&self, arguments: &[f32], inputs: usize, seed: u64) -> Vec<f32> {
        match &self.values {
            Values::Formula(formula) => arguments
                .chunks_exact(inputs)
                .map(|place| formula.eval(&place.iter().map(|x| f64::from(*x)).collect::<Vec<_>>()) as f32)
                .collect(),
            Values::Smooth { sigma } => {
                let (range, points, seed) = ([self.low, self.high], self.points, (seed ^ (seed >> 32)) as u32);
                let field = Field { inputs, range, points, sigma: *sigma, seed };
                field.generate().map(|grid| grid.targets).unwrap_or_default() // `len` has said that it is a grid
            }
            Values::None => vec![0.0; arguments.len() / inputs],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_its_last_argument_move_fastest() {
        let formula = "x1, x2 -> x1 - 2*x2".parse().expect("a formula");
        let target = Target { low: -1.0, high: 1.0, points: 3, values: Values::Formula(formula) };
        assert_eq!((target.len(2), target.len(1)), (Some(9), None));
        let arguments = target.arguments(2);
        assert_eq!(arguments[..8], [-1.0, -1.0, -1.0, 0.0, -1.0, 1.0, 0.0, -1.0]);
        assert_eq!(target.values(&arguments, 2, 0), [1.0, -1.0, -3.0, 2.0, 0.0, -2.0, 3.0, 1.0, -1.0]);
    }

    #[test]
    fn smooth_values_are_those_of_the_field_and_differ_by_seed() {
        let target = Target::new(Values::Smooth { sigma: 1.0 / 3.0 });
        let grid = Field { seed: 7, ..Field::default() }.generate().expect("the usual grid");
        let arguments = target.arguments(2);
        assert_eq!((&arguments, target.len(2), target.len(4)), (&grid.inputs, Some(101 * 101), None));
        assert_eq!(target.values(&arguments, 2, 7), grid.targets);
        assert_ne!(target.values(&arguments, 2, 8), grid.targets);
    }
}
