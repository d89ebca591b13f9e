//! Calls of learned functions and tables, for many sites at once.

use super::points::Points;
use crate::lanes::{Lanes, floats_mut};
use crate::perceptron::{Perceptron, PerceptronScratch};
use std::ops::Range;

/// A call, and which *slots* hold what goes in and comes out; a slot is one number of every element of every site.
#[derive(Debug)]
pub struct Call {
    pub called: Called,
    pub arguments: Range<usize>,
    /// Behind the arguments.
    pub result: usize,
    /// Whether the way back reads the result.
    pub again: bool,
}

#[derive(Debug)]
pub enum Called {
    /// By its place in the layer.
    Function(usize),
    Points(Points),
}

/// A learned function, and where its numbers are in the layer's.
#[derive(Debug)]
pub struct Learned {
    pub perceptron: Perceptron,
    pub weights: Range<usize>,
    pub packed: Range<usize>,
}

/// What functions need to run.
pub struct Callees<'a> {
    pub functions: &'a [Learned],
    pub packed: &'a [f32],
    pub scratch: &'a mut PerceptronScratch,
}

impl Call {
    /// From the arguments to the result, in slots of `n` vectors.
    pub fn forward(&self, n: usize, slots: &mut [Lanes], callees: &mut Callees) {
        let (before, after) = slots.split_at_mut(self.result * n);
        let (arguments, result) = (&before[self.arguments.start * n..], &mut after[..n]);
        match &self.called {
            Called::Function(place) => {
                let Learned { perceptron, packed, .. } = &callees.functions[*place];
                perceptron.forward(&callees.packed[packed.clone()], arguments, n, result, callees.scratch);
            }
            Called::Points(points) => {
                result.copy_from_slice(arguments);
                points.apply(floats_mut(result));
            }
        }
    }

    /// From the gradient of the result to those of the arguments; `gradients` are those of the slots. Arguments are overwritten where the
    /// gradient is 0.
    pub fn backward(
        &self,
        n: usize,
        (slots, gradients): (&mut [Lanes], &mut [Lanes]),
        callees: &mut Callees,
        dweights: &mut [f32],
    ) {
        let arguments = &mut slots[self.arguments.start * n..self.arguments.end * n];
        let (before, after) = gradients.split_at_mut(self.result * n);
        let (argument_gradients, gradient) = (&mut before[self.arguments.start * n..], &after[..n]);
        match &self.called {
            Called::Function(place) => {
                // A number that nothing depends on must not make the weights' gradients NaN.
                arguments.chunks_exact_mut(n).for_each(|argument| blank(argument, gradient));
                let Learned { perceptron, weights, packed } = &callees.functions[*place];
                let (packed, dweights) = (&callees.packed[packed.clone()], &mut dweights[weights.clone()]);
                perceptron.backward(packed, arguments, n, gradient, argument_gradients, dweights, callees.scratch);
            }
            Called::Points(points) => {
                argument_gradients.copy_from_slice(arguments);
                points.slopes(floats_mut(argument_gradients));
                for (slopes, gradient) in argument_gradients.iter_mut().zip(gradient) {
                    slopes.0.iter_mut().zip(gradient.0).for_each(|(slope, gradient)| *slope *= gradient);
                }
                blank(argument_gradients, gradient);
            }
        }
    }
}

/// Sets numbers to 0 where the gradient is 0.
fn blank(numbers: &mut [Lanes], gradient: &[Lanes]) {
    for (numbers, gradient) in numbers.iter_mut().zip(gradient) {
        numbers.0.iter_mut().zip(gradient.0).for_each(|(number, gradient)| *number = if gradient == 0.0 { 0.0 } else { *number });
    }
}
