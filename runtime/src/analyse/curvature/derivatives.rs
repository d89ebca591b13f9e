//! Products with the Hessian as derivatives at the weights.

use crate::analyse::{Opened, Stop};
use crate::loss::Loss;
use crate::params::Weights;
use hetc_analysis::hessian::{Failure, Hessian};
use hetc_data::{Targets, Wanted};
use hetc_tangent::{Dual, Network, Slopes, cross_entropy, squares};

/// The Hessian of the mean loss over samples.
pub struct Derivatives<'a> {
    network: Network,
    weights: &'a Weights,
    inputs: &'a [f32],
    targets: Targets,
    loss: Loss,
    threads: usize,
}

impl<'a> Derivatives<'a> {
    /// Over the first `samples` of the sample; [`Stop::Without`] for a network that draws noise even in evaluation.
    pub fn new(opened: &'a Opened, samples: usize) -> Result<Self, Stop> {
        let network = Network::new(opened.plan).map_err(|noisy| {
            Stop::Without(format!("{} is noisy even in evaluation, so it has no derivatives at a point", noisy.0))
        })?;
        let (inputs, targets) = opened.sample.first(samples);
        Ok(Self { network, weights: &opened.weights, inputs, targets, loss: opened.loss, threads: opened.threads })
    }

    fn sample(&self, sample: usize, outputs: &[Dual]) -> Slopes {
        let is = |class: u16| (0..outputs.len()).map(move |output| f64::from(u8::from(output == usize::from(class))));
        match (self.loss, self.targets.part(sample..sample + 1)) {
            (Loss::CrossEntropy, Wanted::Classes(classes)) => cross_entropy(outputs, usize::from(classes[0])),
            (Loss::Mse, Wanted::Classes(classes)) => squares(outputs, is(classes[0])),
            (_, Wanted::Values { values, .. }) => squares(outputs, values.iter().copied().map(f64::from)),
        }
    }
}

impl Hessian for Derivatives<'_> {
    fn size(&self) -> usize {
        self.network.params()
    }

    fn times(&mut self, v: &[f64]) -> Result<Vec<f64>, Failure> {
        let sum = self.network.sum(self.weights, v, self.inputs, self.threads, |sample, outputs| self.sample(sample, outputs));
        let part = 1.0 / self.targets.len() as f64;
        let product: Vec<f64> = sum.gradients.iter().map(|gradient| part * gradient.slope).collect();
        if product.iter().all(|number| number.is_finite()) { Ok(product) } else { Err(Failure::NotFinite) }
    }
}
