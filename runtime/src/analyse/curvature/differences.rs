//! Products with the Hessian as differences of the engine's slopes.

use crate::analyse::Opened;
use crate::loss::Loss;
use crate::params::Weights;
use hetc_analysis::hessian::Gradient;
use hetc_data::Targets;
use hetc_engine::Probe;
use hetc_engine::op::Look;

/// The mean loss over samples, as a function of the parameters.
pub struct Mean<'a> {
    probe: &'a mut Probe,
    weights: Weights,
    inputs: &'a [f32],
    targets: Targets,
    loss: Loss,
    look: Look,
}

impl<'a> Mean<'a> {
    /// Over the first `samples` of the sample.
    pub fn new(network: &'a mut Opened, samples: usize) -> Self {
        let (inputs, targets) = network.sample.first(samples);
        let (weights, loss, look) = (network.weights.clone(), network.loss, network.look);
        Self { probe: &mut network.probe, weights, inputs, targets, loss, look }
    }

    /// The mean loss at the parameters; its gradient stays in the probe.
    pub fn value(&mut self, at: &[f32]) -> f64 {
        self.weights.params.copy_from_slice(at);
        let (loss, targets) = (self.loss, &self.targets);
        let slopes = |samples: std::ops::Range<usize>, logits: &[f32], slopes: &mut [f32]| {
            let own = targets.part(samples);
            loss.slopes(logits, own, targets.len(), slopes);
            loss.score(logits, own).loss
        };
        let losses = self.probe.slopes(&self.weights, self.inputs, self.look, slopes, &[], |_| ());
        losses.into_iter().sum::<f64>() / targets.len() as f64
    }
}

impl Gradient for Mean<'_> {
    fn parameters(&self) -> usize {
        self.weights.params.len()
    }

    fn at(&mut self, parameters: &[f32]) -> Vec<f64> {
        self.value(parameters);
        self.probe.gradients().into_iter().map(f64::from).collect()
    }
}
