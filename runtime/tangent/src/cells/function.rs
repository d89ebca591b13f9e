//! Learned functions.

use crate::dual::Dual;
use crate::formula::Expression;
use hetc_compiler::plan;

/// A multilayer perceptron of few numbers, see [`plan::Function`].
#[derive(Debug)]
pub struct Function {
    /// From its inputs to its one output.
    widths: Vec<usize>,
    activation: Expression,
    /// Where its tensors start: weights `[out, in]` and biases `[out]` in turn.
    start: usize,
}

impl Function {
    /// With its tensors from `start` on.
    pub fn new(function: &plan::Function, start: usize) -> Self {
        Self { widths: function.widths(), activation: Expression::new(&function.activation), start }
    }

    /// Its value.
    pub fn value(&self, params: &[Dual], arguments: &[Dual], nodes: &mut Vec<Dual>) -> Dual {
        self.run(params, arguments, nodes).pop().map_or(Dual::ZERO, |(_, output)| output[0])
    }

    /// Adds to the gradients of its weights, and gives those of its arguments.
    pub fn backward(
        &self,
        params: &[Dual],
        arguments: &[Dual],
        dy: Dual,
        gradients: &mut [Dual],
        nodes: &mut Vec<Dual>,
    ) -> Vec<Dual> {
        let run = self.run(params, arguments, nodes);
        let mut dy = vec![dy];
        for (layer, start) in self.layers().into_iter().enumerate().rev() {
            let (inputs, outputs, (x, output)) = (self.widths[layer], self.widths[layer + 1], &run[layer]);
            if layer + 2 < self.widths.len() {
                let mut through = vec![Dual::ZERO; dy.len()];
                for ((through, output), dy) in through.iter_mut().zip(output).zip(&dy) {
                    self.activation.pull_back(&[*output], *dy, std::slice::from_mut(through), nodes);
                }
                dy = through;
            }
            let mut dx = vec![Dual::ZERO; inputs];
            for (unit, dy) in dy.iter().enumerate() {
                for (i, (x, dx)) in x.iter().zip(&mut dx).enumerate() {
                    let place = start + unit * inputs + i;
                    gradients[place] += *dy * *x;
                    *dx += *dy * params[place];
                }
                gradients[start + inputs * outputs + unit] += *dy;
            }
            dy = dx;
        }
        dy
    }

    /// Of each layer: what it reads, and its outputs before the activation.
    fn run(&self, params: &[Dual], arguments: &[Dual], nodes: &mut Vec<Dual>) -> Vec<(Vec<Dual>, Vec<Dual>)> {
        let mut run = Vec::with_capacity(self.widths.len() - 1);
        let mut x = arguments.to_vec();
        for (layer, start) in self.layers().into_iter().enumerate() {
            let (inputs, outputs) = (self.widths[layer], self.widths[layer + 1]);
            let (weights, biases) = params[start..][..(inputs + 1) * outputs].split_at(inputs * outputs);
            let unit = |(row, bias): (&[Dual], &Dual)| row.iter().zip(&x).map(|(w, x)| *w * *x).sum::<Dual>() + *bias;
            let output: Vec<Dual> = weights.chunks_exact(inputs).zip(biases).map(unit).collect();
            let hidden = if layer + 2 < self.widths.len() { &output[..] } else { &[] };
            let next = hidden.iter().map(|output| self.activation.value(&[*output], nodes)).collect();
            run.push((std::mem::replace(&mut x, next), output));
        }
        run
    }

    /// Where the tensors of each layer start.
    fn layers(&self) -> Vec<usize> {
        let mut end = self.start;
        let layer = |pair: &[usize]| {
            let start = end;
            end += (pair[0] + 1) * pair[1];
            start
        };
        self.widths.windows(2).map(layer).collect()
    }
}
