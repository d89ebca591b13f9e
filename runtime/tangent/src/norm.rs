//! Batch norms as they are evaluated, and layer norms.

use crate::dual::Dual;
use crate::layer::{Layer, Numbers, Places, Values};
use hetc_compiler::plan;
use hetc_engine::params::Part;
use std::ops::Range;

/// A trained factor and summand.
#[derive(Debug)]
struct Affine {
    scale: Range<usize>,
    shift: Range<usize>,
}

impl Affine {
    fn new(places: &Places) -> Option<Self> {
        Some(Self { scale: places.find(Part::Scale)?, shift: places.find(Part::Shift)? })
    }
}

/// `(x - mean) / √(variance + ε)` with the running statistics of each unit, scaled and shifted if so trained.
#[derive(Debug)]
pub struct BatchNorm {
    /// Numbers of a unit.
    positions: usize,
    epsilon: f64,
    mean: Range<usize>,
    variance: Range<usize>,
    affine: Option<Affine>,
}

impl BatchNorm {
    /// `layer`, with its tensors at `places`.
    pub fn new(layer: &plan::Layer, epsilon: f64, places: &Places) -> Self {
        let positions = layer.input.elements() / layer.input.units().max(1);
        let (mean, variance) = (places.own(Part::Mean), places.own(Part::Var));
        Self { positions, epsilon, mean, variance, affine: Affine::new(places) }
    }

    /// For each unit: its mean and one by its standard deviation.
    fn statistics<'a>(&self, state: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let epsilon = self.epsilon;
        let (means, variances) = (&state[self.mean.clone()], &state[self.variance.clone()]);
        means.iter().zip(variances).map(move |(mean, variance)| (*mean, 1.0 / (variance + epsilon).sqrt()))
    }

    fn scale(&self, unit: usize, numbers: Numbers) -> Dual {
        self.affine.as_ref().map_or(Dual::constant(1.0), |affine| numbers.params[affine.scale.start + unit])
    }
}

impl Layer for BatchNorm {
    fn forward(&self, inputs: &[&[Dual]], numbers: Numbers) -> Values {
        let units = inputs[0].chunks_exact(self.positions).zip(self.statistics(numbers.state)).enumerate();
        let unit = |(unit, (x, (mean, slope))): (usize, (&[Dual], (f64, f64)))| {
            let scale = self.scale(unit, numbers);
            let shift = self.affine.as_ref().map_or(Dual::ZERO, |affine| numbers.params[affine.shift.start + unit]);
            x.iter().map(|x| (*x - Dual::constant(mean)).times(slope) * scale + shift).collect::<Values>()
        };
        units.flat_map(unit).collect()
    }

    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], numbers: Numbers, gradients: &mut [Dual]) -> Vec<Values> {
        let mut dx = Vec::with_capacity(dy.len());
        let rows = inputs[0].chunks_exact(self.positions).zip(dy.chunks_exact(self.positions));
        for (unit, ((x, dy), (mean, slope))) in rows.zip(self.statistics(numbers.state)).enumerate() {
            let scale = self.scale(unit, numbers);
            dx.extend(dy.iter().map(|dy| (*dy * scale).times(slope)));
            if let Some(affine) = &self.affine {
                let normal = |x: &Dual| (*x - Dual::constant(mean)).times(slope);
                gradients[affine.scale.start + unit] += x.iter().zip(dy).map(|(x, dy)| normal(x) * *dy).sum();
                gradients[affine.shift.start + unit] += dy.iter().copied().sum();
            }
        }
        vec![dx]
    }
}

/// Each sample with mean 0 and variance 1 (`ε` added to the variance), scaled and shifted number by number if so trained.
#[derive(Debug)]
pub struct LayerNorm {
    epsilon: f64,
    affine: Option<Affine>,
}

impl LayerNorm {
    /// With its tensors at `places`.
    pub fn new(epsilon: f64, places: &Places) -> Self {
        Self { epsilon, affine: Affine::new(places) }
    }

    /// The numbers with mean 0 and variance 1, and one by the standard deviation.
    fn normal(&self, x: &[Dual]) -> (Values, Dual) {
        let mean = mean(x.iter().copied());
        let away: Values = x.iter().map(|x| *x - mean).collect();
        let variance = self::mean(away.iter().map(|x| *x * *x));
        let slope = (variance + Dual::constant(self.epsilon)).powf(-0.5);
        (away.into_iter().map(|x| x * slope).collect(), slope)
    }
}

fn mean(numbers: impl ExactSizeIterator<Item = Dual>) -> Dual {
    let count = numbers.len() as f64;
    numbers.sum::<Dual>().times(1.0 / count)
}

impl Layer for LayerNorm {
    fn forward(&self, inputs: &[&[Dual]], numbers: Numbers) -> Values {
        let (mut y, _) = self.normal(inputs[0]);
        if let Some(Affine { scale, shift }) = &self.affine {
            let trained = numbers.params[scale.clone()].iter().zip(&numbers.params[shift.clone()]);
            y.iter_mut().zip(trained).for_each(|(y, (scale, shift))| *y = *y * *scale + *shift);
        }
        y
    }

    /// With `g = dy·scale` and `n` the normalised number: `dx = (g - mean of g - n·mean of g·n) / standard deviation`.
    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], numbers: Numbers, gradients: &mut [Dual]) -> Vec<Values> {
        let (normal, slope) = self.normal(inputs[0]);
        let mut g = dy.to_vec();
        if let Some(Affine { scale, shift }) = &self.affine {
            g.iter_mut().zip(&numbers.params[scale.clone()]).for_each(|(g, scale)| *g = *g * *scale);
            let sums = gradients[scale.clone()].iter_mut().zip(dy.iter().zip(&normal));
            sums.for_each(|(sum, (dy, normal))| *sum += *dy * *normal);
            gradients[shift.clone()].iter_mut().zip(dy).for_each(|(sum, dy)| *sum += *dy);
        }
        let (straight, turned) = (mean(g.iter().copied()), mean(g.iter().zip(&normal).map(|(g, normal)| *g * *normal)));
        vec![g.iter().zip(&normal).map(|(g, normal)| (*g - straight - *normal * turned) * slope).collect()]
    }
}
