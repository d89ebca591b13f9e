//! A network, and sums over samples.

use crate::dual::Dual;
use crate::layer::{self, Layer, Numbers, Values};
use crate::loss::Slopes;
use hetc_compiler::plan::Plan;
use hetc_engine::params::{Table, Weights};
use std::thread;

/// Parts that the samples of a sum are taken in, whatever the threads: sums do not depend on those.
const PARTS: usize = 8;

/// A plan in evaluation: no dropout, batch norms with their running statistics as constants.
#[derive(Debug)]
pub struct Network {
    layers: Vec<Box<dyn Layer>>,
    /// The values that each layer reads.
    sources: Vec<Vec<usize>>,
    /// Numbers of one sample of the input.
    inputs: usize,
    params: usize,
}

/// The name of a layer that draws noise even in evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noisy(pub String);

/// A sum over samples, and its derivatives.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// The sum of the losses, with its derivative along the direction.
    pub loss: Dual,
    /// Its derivative by each parameter, in the order of [`Table`]; their slopes are the Hessian's product with the direction.
    pub gradients: Vec<Dual>,
}

impl Network {
    /// The network of `plan`.
    ///
    /// # Errors
    /// The name of a layer whose noise is there always.
    pub fn new(plan: &Plan) -> Result<Self, Noisy> {
        let table = Table::of(plan);
        let of = |index: usize| layer::layer(plan, &table, index).ok_or_else(|| Noisy(plan.layers[index].name.clone()));
        Ok(Self {
            layers: (0..plan.layers.len()).map(of).collect::<Result<_, _>>()?,
            sources: (0..plan.layers.len()).map(|index| plan.sources(index)).collect(),
            inputs: plan.input.elements(),
            params: table.params_len(),
        })
    }

    /// Parameters.
    pub fn params(&self) -> usize {
        self.params
    }

    /// The sum of losses over samples at `weights`, with derivatives along `direction` (one number a parameter), on `threads` threads.
    ///
    /// `input` is `[samples, elements]`; `loss` gets a sample's number and outputs. Takes 16 bytes a parameter for each of a few parts of the
    /// samples.
    pub fn sum(
        &self,
        weights: &Weights,
        direction: &[f64],
        input: &[f32],
        threads: usize,
        loss: impl Fn(usize, &[Dual]) -> Slopes + Sync,
    ) -> Sum {
        let params: Vec<Dual> =
            weights.params.iter().zip(direction).map(|(value, slope)| Dual { value: f64::from(*value), slope: *slope }).collect();
        let state: Vec<f64> = weights.state.iter().map(|number| f64::from(*number)).collect();
        let numbers = Numbers { params: &params, state: &state };
        let samples: Vec<&[f32]> = input.chunks_exact(self.inputs).collect();
        let part = |part: usize| {
            let own = part * samples.len() / PARTS..(part + 1) * samples.len() / PARTS;
            let mut sum = Sum { loss: Dual::ZERO, gradients: vec![Dual::ZERO; self.params] };
            for (sample, input) in own.clone().zip(&samples[own]) {
                sum.loss += self.turn(input, numbers, |outputs| loss(sample, outputs), &mut sum.gradients);
            }
            sum
        };
        let parts = shared(PARTS, threads, part);
        let mut whole = Sum { loss: Dual::ZERO, gradients: vec![Dual::ZERO; self.params] };
        for part in parts {
            whole.loss += part.loss;
            whole.gradients.iter_mut().zip(part.gradients).for_each(|(sum, part)| *sum += part);
        }
        whole
    }

    /// Forward and backward over one sample.
    fn turn(&self, input: &[f32], numbers: Numbers, loss: impl Fn(&[Dual]) -> Slopes, gradients: &mut [Dual]) -> Dual {
        let mut values: Vec<Values> = vec![input.iter().map(|number| Dual::from(*number)).collect()];
        for (layer, sources) in self.layers.iter().zip(&self.sources) {
            let inputs: Vec<&[Dual]> = sources.iter().map(|value| values[*value].as_slice()).collect();
            values.push(layer.forward(&inputs, numbers));
        }
        let (loss, slopes) = loss(&values[self.layers.len()]);
        // The gradient of each value, summed over those that read it.
        let mut pulled: Vec<Option<Values>> = vec![None; values.len()];
        pulled[self.layers.len()] = Some(slopes);
        for (index, (layer, sources)) in self.layers.iter().zip(&self.sources).enumerate().rev() {
            let Some(dy) = pulled[index + 1].take() else { continue };
            let inputs: Vec<&[Dual]> = sources.iter().map(|value| values[*value].as_slice()).collect();
            for (source, dx) in sources.iter().zip(layer.backward(&inputs, &dy, numbers, gradients)) {
                match &mut pulled[*source] {
                    Some(sum) => sum.iter_mut().zip(dx).for_each(|(sum, dx)| *sum += dx),
                    none => *none = Some(dx),
                }
            }
        }
        loss
    }
}

/// `f` of every number below `count`, in order, on `threads` threads.
fn shared<T: Send>(count: usize, threads: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = threads.clamp(1, count);
    let own = |thread: usize| (thread..count).step_by(threads).map(|number| (number, f(number))).collect::<Vec<_>>();
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let own = &own;
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || own(thread))).collect();
        let mut all = own(0);
        for other in others {
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    });
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, result)| result).collect()
}
