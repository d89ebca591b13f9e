//! Stand-in for learned functions: those of the interpreter.

use super::interpreted::perceptron as plain;
use crate::lanes::{LANES, Lanes, floats};
use hetc_compiler::plan::Function;

#[derive(Debug)]
pub struct Perceptron {
    function: plain::Perceptron,
    inputs: usize,
    weights: usize,
}

#[derive(Debug, Default)]
pub struct PerceptronScratch {
    scratch: plain::Scratch,
    registers: super::interpreted::program::Registers,
    arguments: Vec<Vec<f32>>,
    gradients: Vec<Vec<f32>>,
    sums: Vec<f64>,
}

impl Perceptron {
    pub fn new(function: &Function) -> Self {
        Self {
            function: plain::Perceptron::new(function, 0),
            inputs: usize::from(function.inputs),
            weights: function.params as usize,
        }
    }

    pub fn packed_len(&self) -> usize {
        self.weights
    }

    pub fn prepare(&self, weights: &[f32], packed: &mut [f32]) {
        packed.copy_from_slice(weights);
    }

    pub fn forward(&self, packed: &[f32], arguments: &[Lanes], n: usize, out: &mut [Lanes], scratch: &mut PerceptronScratch) {
        scratch.take(arguments, n);
        let out = crate::lanes::floats_mut(out);
        let memory = (&mut scratch.scratch, &mut scratch.registers);
        self.function.prepare(packed).forward(&scratch.arguments, n * LANES, memory, out);
    }

    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &self,
        packed: &[f32],
        arguments: &[Lanes],
        n: usize,
        dout: &[Lanes],
        darguments: &mut [Lanes],
        dweights: &mut [f32],
        scratch: &mut PerceptronScratch,
    ) {
        scratch.take(arguments, n);
        scratch.gradients.resize_with(self.inputs, Vec::new);
        scratch.gradients.iter_mut().for_each(|gradient| gradient.resize(n * LANES, 0.0));
        scratch.sums.clear();
        scratch.sums.resize(self.weights, 0.0);
        let memory = (&mut scratch.scratch, &mut scratch.registers);
        let prepared = self.function.prepare(packed);
        prepared.backward(&scratch.arguments, floats(dout), memory, &mut scratch.gradients, &mut scratch.sums);
        for (to, from) in darguments.chunks_exact_mut(n).zip(&scratch.gradients) {
            crate::lanes::floats_mut(to).copy_from_slice(&from[..n * LANES]);
        }
        dweights.iter_mut().zip(&scratch.sums).for_each(|(target, sum)| *target += *sum as f32);
    }
}

impl PerceptronScratch {
    fn take(&mut self, arguments: &[Lanes], n: usize) {
        self.arguments = arguments.chunks_exact(n).map(|argument| floats(argument).to_vec()).collect();
    }
}
