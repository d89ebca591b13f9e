//! Formulas in the graph of a step.
//!
//! Differentiating a formula's operations one by one would go through its masks, where the unchosen side of a `select` turns `0 * inf`
//! into NaN, and would keep every intermediate value. So value and slopes are computed beside the graph, both from the formula, and enter
//! it as the tangent `f(x0) + f'(x0) (x - x0)` at the very `x0` that `x` is: its value is the formula's, its slope is the formula's
//! derivative with all its conventions ([`hetc_compiler::formula`]), and what is kept is one number a slope.
//!
//! A slope that is not finite counts as 0, and so does every slope at an `x0` that is not finite; values are not touched by this.

use super::interpret::{Known, interpret, stretch, together};
use burn::tensor::{Device, Tensor};
use hetc_compiler::formula::{Builder, Formula, NodeId};

/// A formula and its slopes.
#[derive(Debug)]
pub struct Reading {
    value: Formula,
    /// The value, then the slopes with respect to `by`.
    tangent: Formula,
    /// The inputs that the value depends on.
    by: Vec<usize>,
}

/// What a formula is around a point.
#[derive(Debug)]
pub struct Tangent<const D: usize> {
    /// Its value.
    pub value: Known<D>,
    /// Inputs, each with the slope along it; 0 along all others.
    pub slopes: Vec<(usize, Known<D>)>,
}

impl Reading {
    /// Of a formula.
    pub fn new(formula: &Formula) -> Self {
        let mut builder = Builder::from_formula(formula);
        let inputs: Vec<NodeId> = (0..formula.inputs()).map(|input| builder.input(input)).collect();
        let slopes = builder.inline(&formula.gradient(), &inputs).into_iter().enumerate();
        let (by, roots): (Vec<usize>, Vec<NodeId>) = slopes.filter(|(_, slope)| builder.as_const(*slope) != Some(0.0)).unzip();
        let roots: Vec<NodeId> = std::iter::once(formula.root()).chain(roots).collect();
        Self { value: formula.clone(), tangent: builder.finish(&roots, formula.inputs()), by }
    }

    /// The formula's value at `inputs`, which are in no graph.
    pub fn value<const D: usize>(&self, inputs: &[Tensor<D>]) -> Known<D> {
        interpret(&self.value, inputs).swap_remove(0) // a formula has one result
    }

    /// The same with the slopes.
    pub fn tangent<const D: usize>(&self, inputs: &[Tensor<D>]) -> Tangent<D> {
        let mut results = interpret(&self.tangent, inputs).into_iter();
        let value = results.next().unwrap_or(Known::Number(f64::NAN)); // the first root
        Tangent { value, slopes: self.by.iter().copied().zip(results).collect() }
    }

    /// The formula in the graph that `inputs` are in; as large as they are together.
    pub fn apply<const D: usize>(&self, inputs: &[Tensor<D>]) -> Tensor<D> {
        let dims = inputs.iter().map(Tensor::dims).reduce(together).unwrap_or([1; D]);
        let device = inputs[0].device().inner();
        let points = points(inputs);
        if self.by.iter().all(|input| !inputs[*input].is_tracked()) {
            return self.value(&points).spread(dims, &device);
        }
        stretch(self.tangent(&points).enter(inputs, &points, &device), dims)
    }
}

impl<const D: usize> Tangent<D> {
    /// The tangent at `points` as a function of `inputs`, which are the same numbers in the graph.
    pub fn enter(self, inputs: &[Tensor<D>], points: &[Tensor<D>], device: &Device) -> Tensor<D> {
        let tracked = self.slopes.into_iter().filter(|(input, _)| inputs[*input].is_tracked());
        let changes = tracked.map(|(input, slope)| scaled(change(inputs[input].clone(), points[input].clone()), slope));
        let change = changes.reduce(|sum, change| sum + change);
        match (self.value, change) {
            (value, None) => value.tensor(device),
            (Known::Number(value), Some(change)) => change.add_scalar(value),
            (Known::Tensor(value), Some(change)) => change + value,
        }
    }
}

/// The numbers of `inputs` in no graph.
pub fn points<const D: usize>(inputs: &[Tensor<D>]) -> Vec<Tensor<D>> {
    inputs.iter().map(|input| input.clone().inner()).collect()
}

/// `x - x0`: 0 everywhere, and its slope is 1 where `x0` is finite.
pub fn change<const D: usize>(x: Tensor<D>, x0: Tensor<D>) -> Tensor<D> {
    let change = x - x0;
    let endless = change.clone().inner().is_nan();
    change.mask_fill(endless, 0.0)
}

fn scaled<const D: usize>(change: Tensor<D>, slope: Known<D>) -> Tensor<D> {
    match slope {
        Known::Number(1.0) => change,
        Known::Number(slope) => change.mul_scalar(slope),
        Known::Tensor(slope) => change * finite(slope),
    }
}

/// With 0 in place of what is not finite.
pub fn finite<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let beyond = x.clone().abs().lower_equal_elem(f32::MAX).bool_not();
    x.mask_fill(beyond, 0.0)
}
